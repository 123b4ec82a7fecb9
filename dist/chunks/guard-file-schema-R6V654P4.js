import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-INUVBEUG.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-SH6HG2UB.js";import"./chunk-AJVQKYFN.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
