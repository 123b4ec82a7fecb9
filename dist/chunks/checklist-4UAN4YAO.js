import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as s}from"./chunk-5XNO43KJ.js";async function e(o){throw new Error("not yet")}s(e,"checklist");export{e as checklist};
