import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
var t="22.19.0";function i(e){let[n=0,r=0]=e.split(".").map(Number),[o=0,d=0]=t.split(".").map(Number);if(!(n>o||n===o&&r>=d))return`this is Node ${e}, and Node ${t} or newer is needed; install Node 24 (https://nodejs.org) and try again.`}export{t as a,i as b};
