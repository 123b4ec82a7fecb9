import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as r}from"./chunk-ZHNC6IFK.js";import{a as e}from"./chunk-5XNO43KJ.js";var c=5e3;async function p(t){let s=new AbortController,n=e(o=>s.abort(new r(o)),"stop");for(let o of["SIGINT","SIGTERM"])process.on(o,n);process.exitCode=await t(s.signal);let i=process.exitCode;setTimeout(()=>{process.stderr.write(`deploy-guard: the work is done, but something keeps the process alive; ending it
`),process.exit(i)},c).unref()}e(p,"runProcess");export{p as a};
