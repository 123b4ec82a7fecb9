import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-4WO6MQKA.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-EAXZOMTF.js";import"./chunk-KUT4APBG.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
