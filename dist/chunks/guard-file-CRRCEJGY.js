import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as a,c as b,d as c}from"./chunk-FZXXVL37.js";import"./chunk-M6WNPS33.js";import"./chunk-55CDFFVJ.js";export{a as LARGEST_GUARD_FILE,c as parseGuardFile,b as readGuardFile};
