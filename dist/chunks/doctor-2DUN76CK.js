import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as o}from"./chunk-5XNO43KJ.js";async function e(s){throw new Error("not yet")}o(e,"doctor");export{e as doctor};
