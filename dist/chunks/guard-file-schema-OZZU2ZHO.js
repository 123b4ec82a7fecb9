import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-HOZR4VL2.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-2ENATHCY.js";import"./chunk-ZO7GL6EC.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
