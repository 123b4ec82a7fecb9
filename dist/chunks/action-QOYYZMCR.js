import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{r as o,s as r,ub as s}from"./chunk-F7GRBYIM.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
