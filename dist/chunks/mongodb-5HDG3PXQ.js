import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-Z57SOYSU.js";import"./chunk-QJLVO5EB.js";import"./chunk-5XNO43KJ.js";export{a as mongodbUriProblem,b as openMongodb};
