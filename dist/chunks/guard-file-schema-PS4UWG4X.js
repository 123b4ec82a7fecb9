import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-UVJQVPMG.js";import"./chunk-ZS2KFM23.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-2IXZUW3H.js";import"./chunk-M6WNPS33.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
