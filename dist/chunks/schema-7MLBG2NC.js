import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-XP3MVH2W.js";import"./chunk-ZRVYMYI4.js";import"./chunk-KV65ZAAU.js";import"./chunk-W3DTKE2U.js";import"./chunk-KBI4BFEB.js";import"./chunk-F7GRBYIM.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
