import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-G4XONHKW.js";import"./chunk-ZRVYMYI4.js";import"./chunk-KV65ZAAU.js";import"./chunk-W3DTKE2U.js";import"./chunk-L54UCUQO.js";import"./chunk-7YUPGNAE.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
