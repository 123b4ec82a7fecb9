import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-NVKDQITG.js";import"./chunk-5XNO43KJ.js";export{a as default};
