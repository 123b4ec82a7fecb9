import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-XV5DQF76.js";import"./chunk-KV65ZAAU.js";import"./chunk-W3DTKE2U.js";import"./chunk-QIL6XTLI.js";import"./chunk-ZRVYMYI4.js";import"./chunk-K4XUYPC4.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
