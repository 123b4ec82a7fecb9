import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-PRG5KGPZ.js";import"./chunk-3LGQIKP3.js";import"./chunk-5XNO43KJ.js";export{a as mongodbUriProblem,b as openMongodb};
