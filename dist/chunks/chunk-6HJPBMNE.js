import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
var t="22.19.0";function i(e){let[n=0,r=0]=e.split(".").map(Number),[o=0,d=0]=t.split(".").map(Number);if(!(n>o||n===o&&r>=d))return`this is Node ${e}, and Node ${t} or newer is needed; install Node 24 (https://nodejs.org) and try again.`}function s(e){let n=i(e.versions.node);return n===void 0?!1:(e.stdout.write(`::error title=Node is too old::deploy-guard: ${n}
`),e.exitCode=1,!0)}export{t as a,i as b,s as c};
