import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{q as o,r,sb as s}from"./chunk-K4XUYPC4.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
