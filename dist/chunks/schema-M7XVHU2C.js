import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-IVZD64CT.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-Q3I2EVTY.js";import"./chunk-ZRVYMYI4.js";import"./chunk-T6TBBMRF.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
