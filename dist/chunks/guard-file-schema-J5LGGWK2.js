import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{k as a}from"./chunk-ZAIHWZIF.js";import"./chunk-CG4FJBPB.js";import"./chunk-LGKCSCW7.js";import"./chunk-WSUCFDLI.js";import"./chunk-ZBDI2QQY.js";import"./chunk-AGMN5647.js";import"./chunk-5XNO43KJ.js";export{a as guardFileSchema};
