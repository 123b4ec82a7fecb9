import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-SX7M6YNP.js";import"./chunk-ZRVYMYI4.js";import"./chunk-KV65ZAAU.js";import"./chunk-W3DTKE2U.js";import"./chunk-FEZDW74Y.js";import"./chunk-N66ZPVH7.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
