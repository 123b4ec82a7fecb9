import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as r}from"./chunk-5XNO43KJ.js";function e(u){return u.replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g,`
`).replace(/^(\s*):(?=:)/gm,"$1:\u200B").replace(/##(?=\[)/g,"#\u200B#")}r(e,"disarmCommands");export{e as a};
