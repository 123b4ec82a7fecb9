import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-BWR3AM57.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-LB34ONP5.js";import"./chunk-QNLQMVRA.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
