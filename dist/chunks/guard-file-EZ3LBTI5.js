import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as a,c as b,d as c}from"./chunk-KI2OD2DI.js";import"./chunk-CAUTSUH5.js";import"./chunk-LGKCSCW7.js";import"./chunk-ZHNC6IFK.js";import"./chunk-ZBDI2QQY.js";import"./chunk-AGMN5647.js";import"./chunk-5XNO43KJ.js";export{a as LARGEST_GUARD_FILE,c as parseGuardFile,b as readGuardFile};
