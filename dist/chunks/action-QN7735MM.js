import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{Ta as s,l as o,m as r}from"./chunk-Y7RLSEP6.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
