import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-U3L5MW5H.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-SMMIWN5K.js";import"./chunk-ZRVYMYI4.js";import"./chunk-ZLLQOXAV.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
