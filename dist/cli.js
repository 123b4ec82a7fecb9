#!/usr/bin/env node
import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as r}from"./chunks/chunk-5XNO43KJ.js";var t="22.19.0";function s(e){let[o=0,i=0]=e.split(".").map(Number),[n=0,a=0]=t.split(".").map(Number);if(!(o>n||o===n&&i>=a))return`this is Node ${e}, and Node ${t} or newer is needed; install Node 24 (https://nodejs.org) and try again.`}r(s,"nodeProblem");var d=s(process.versions.node);if(d===void 0){let{start:e}=await import("./chunks/start-MWKAXDDG.js");await e()}else process.stderr.write(`deploy-guard: ${d}
`),process.exitCode=2;
