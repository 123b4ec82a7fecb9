import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b,c}from"./chunk-OXWS3QHO.js";import"./chunk-4BTBADIQ.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";export{a as SILENCE_LIMIT_MS,b as mongodbUriProblem,c as openMongodb};
