import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-U2ETSLDN.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-ZOJL3XKG.js";import"./chunk-KUY2EGV3.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
