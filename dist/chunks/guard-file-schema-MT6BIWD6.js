import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-I57M65ZR.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-FEHXRZAY.js";import"./chunk-ZFPNL7I5.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
