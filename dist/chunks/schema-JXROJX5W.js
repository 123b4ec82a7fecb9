import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-45HBN3YT.js";import"./chunk-ZS2KFM23.js";import"./chunk-W3DTKE2U.js";import"./chunk-ZRVYMYI4.js";import"./chunk-2H75HML7.js";import"./chunk-2KJ2MREF.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
