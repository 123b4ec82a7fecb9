import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as s}from"./chunk-5XNO43KJ.js";async function n(o){throw new Error("not yet")}s(n,"init");export{n as init};
