import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{s as o,t as r,yb as s}from"./chunk-S52EPG5K.js";import"./chunk-55CDFFVJ.js";await r(async t=>(await s(o(process.env,t))).exit==="success"?0:1);
