import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-J2IQBR3E.js";import"./chunk-4BTBADIQ.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";export{a as mongodbUriProblem,b as openMongodb};
