import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-HMWJGS23.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-J4FQH5NJ.js";import"./chunk-Y7RLSEP6.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
