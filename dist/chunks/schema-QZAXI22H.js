import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-2EU3IYDI.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-Q3S2TU7T.js";import"./chunk-ZRVYMYI4.js";import"./chunk-DYQR44QZ.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
