import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-6LW4M6TY.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-ACMUJAUB.js";import"./chunk-4F5MAJYD.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
