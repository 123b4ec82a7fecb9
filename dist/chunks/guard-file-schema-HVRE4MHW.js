import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-JALREBHY.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-S22MMAKF.js";import"./chunk-XW7L6T52.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
