import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{Ua as s,m as o,n as r}from"./chunk-2KJ2MREF.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
