import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{r as o,s as r,xb as s}from"./chunk-N66ZPVH7.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
