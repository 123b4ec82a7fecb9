import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{c as e}from"./chunks/chunk-6HJPBMNE.js";import"./chunks/chunk-55CDFFVJ.js";import r from"node:module";var{RUNNER_TEMP:o}=process.env;e(process)||(o&&r.enableCompileCache?.(`${o}/deploy-guard-compile-cache`),await import("./chunks/action-3Q4ZTGBO.js"));
