import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-GPSECH2G.js";import"./chunk-PEW7EFTW.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";export{a as mongodbUriProblem,b as openMongodb};
