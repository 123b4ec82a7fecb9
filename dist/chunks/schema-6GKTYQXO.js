import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-RIDCM2IA.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-K7ZDUYQG.js";import"./chunk-ZRVYMYI4.js";import"./chunk-3AS7BXUW.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
