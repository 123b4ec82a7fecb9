import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function n(){o("--semi-space-growth-factor=1","--optimize-for-size")}function r(){o("--no-maglev","--no-turbofan")}function o(...t){let{setFlagsFromString:e}=process.getBuiltinModule("node:v8");for(let i of t)e(i)}export{n as a,r as b};
