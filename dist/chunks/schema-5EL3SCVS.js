import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-YZSFQ6NQ.js";import"./chunk-ZRVYMYI4.js";import"./chunk-KV65ZAAU.js";import"./chunk-W3DTKE2U.js";import"./chunk-DZNGOAUU.js";import"./chunk-S52EPG5K.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
