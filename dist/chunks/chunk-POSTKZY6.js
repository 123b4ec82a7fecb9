import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as n}from"./chunk-7H2R6R5F.js";import{a as e}from"./chunk-5XNO43KJ.js";var c=5e3;async function u(o){let s=new AbortController,t=e(r=>s.abort(new n(r)),"stop");for(let r of["SIGINT","SIGTERM"])process.on(r,t);process.exitCode=await o(s.signal);let i=process.exitCode;setTimeout(()=>{process.stderr.write(`deploy-guard: the work is done, but something keeps the process alive; ending it
`),process.exit(i)},c).unref()}e(u,"runProcess");function l(o){return o.replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g,`
`).replace(/^(\s*):(?=:)/gm,"$1:\u200B").replace(/##(?=\[)/g,"#\u200B#")}e(l,"disarmCommands");export{l as a,u as b};
