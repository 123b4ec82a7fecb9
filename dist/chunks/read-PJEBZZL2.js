import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as a,c as b,d as c}from"./chunk-IVHUFTU6.js";import"./chunk-S52EPG5K.js";import"./chunk-55CDFFVJ.js";export{a as LARGEST_GUARD_FILE,c as parseGuardFile,b as readGuardFile};
