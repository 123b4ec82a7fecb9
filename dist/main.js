import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import o from"node:module";var{RUNNER_TEMP:e}=process.env;e&&o.enableCompileCache?.(`${e}/deploy-guard-compile-cache`);await import("./chunks/action-AZTEQDD5.js");
