import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function r(t){return`${JSON.stringify(t,null,2).replaceAll("##[","#\\u0023[").replace(/[\u0085\u2028\u2029]/g,n=>`\\u${n.charCodeAt(0).toString(16).padStart(4,"0")}`)}
`}export{r as a};
