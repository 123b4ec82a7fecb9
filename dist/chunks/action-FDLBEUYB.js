import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{pb as s,r as o,s as r}from"./chunk-BFIKN7J3.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
