#!/usr/bin/env node
import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{b as e}from"./chunks/chunk-6HJPBMNE.js";import"./chunks/chunk-55CDFFVJ.js";var o=e(process.versions.node);o===void 0?await import("./chunks/cli-run-JR4VXQML.js"):(process.stderr.write(`deploy-guard: ${o}
`),process.exitCode=2);
