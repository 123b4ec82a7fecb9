import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-KSRPXZNF.js";import"./chunk-K4GIDFDD.js";import"./chunk-ZMWIEGW5.js";import"./chunk-SAVWKBXA.js";import"./chunk-LGKCSCW7.js";import"./chunk-WSUCFDLI.js";import"./chunk-ZBDI2QQY.js";import"./chunk-AGMN5647.js";import"./chunk-5XNO43KJ.js";export{a as guardFileSchema};
