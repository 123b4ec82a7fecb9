import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-QLCUJ34P.js";import"./chunk-BUNXBM6F.js";import"./chunk-55CDFFVJ.js";export{a as mongodbUriProblem,b as openMongodb};
