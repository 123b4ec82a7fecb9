import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-JALCGES3.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-6CHP57FM.js";import"./chunk-DV2QKGLJ.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
