import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-TGHYJYMY.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-E4SFZZMJ.js";import"./chunk-M3SYJBAK.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
