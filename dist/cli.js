#!/usr/bin/env node
import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as e}from"./chunks/chunk-GUV6R5QT.js";import"./chunks/chunk-55CDFFVJ.js";var o=e(process.versions.node);if(o===void 0){let{start:r}=await import("./chunks/start-DPZJ7HVQ.js");await r()}else process.stderr.write(`deploy-guard: ${o}
`),process.exitCode=2;
