import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{c as o}from"./chunks/chunk-6HJPBMNE.js";import"./chunks/chunk-55CDFFVJ.js";o(process)||await import("./chunks/summary-run-XPT4ZNEF.js");
