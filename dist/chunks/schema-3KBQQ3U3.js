import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-7VLNW6DO.js";import"./chunk-ZRVYMYI4.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-CR473WT5.js";import"./chunk-BFIKN7J3.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
