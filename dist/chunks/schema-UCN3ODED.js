import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-Z6TUT2D6.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-2QN4H7HP.js";import"./chunk-ZRVYMYI4.js";import"./chunk-7TV3I64O.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
