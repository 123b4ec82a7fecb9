import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-RHU7VVPX.js";import"./chunk-CR6RDDIL.js";import"./chunk-SAVWKBXA.js";import"./chunk-OZDKNYAN.js";import"./chunk-XCHJXSUI.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
