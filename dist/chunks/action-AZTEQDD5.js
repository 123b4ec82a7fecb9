import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{_a as s,q as o,r}from"./chunk-ZHYQDB56.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
