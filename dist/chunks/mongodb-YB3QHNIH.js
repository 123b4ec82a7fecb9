import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-R3E5S6FW.js";import"./chunk-ZD3IZWIU.js";import"./chunk-55CDFFVJ.js";export{a as mongodbUriProblem,b as openMongodb};
