import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{enableCompileCache as o}from"node:module";var{RUNNER_TEMP:e}=process.env;e&&o(`${e}/deploy-guard-compile-cache`);await import("./chunks/action-PWRCAB5L.js");
