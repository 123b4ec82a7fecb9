import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-HEGDP45W.js";import"./chunk-ZRVYMYI4.js";import"./chunk-EWR3WQA6.js";import"./chunk-W3DTKE2U.js";import"./chunk-NSZ7HXIE.js";import"./chunk-CICBW5RD.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
