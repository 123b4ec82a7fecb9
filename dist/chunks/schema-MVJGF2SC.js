import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-RYVKTII2.js";import"./chunk-ZS2KFM23.js";import"./chunk-W3DTKE2U.js";import"./chunk-ZRVYMYI4.js";import"./chunk-NHPFGWJR.js";import"./chunk-ZHYQDB56.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
