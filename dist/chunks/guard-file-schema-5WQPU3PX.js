import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-UIBBCASP.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-ZTIBZMYL.js";import"./chunk-HGAG63DI.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
