import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-CG4NJ6KP.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-PI4KQBBA.js";import"./chunk-ZRVYMYI4.js";import"./chunk-DFVWWHYT.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
