import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-THG5RWVS.js";import"./chunk-ZS2KFM23.js";import"./chunk-W3DTKE2U.js";import"./chunk-E7WPI7JM.js";import"./chunk-ZRVYMYI4.js";import"./chunk-XI2JPOHK.js";import"./chunk-55CDFFVJ.js";export{a as guardFileSchema};
