import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
var e={attemptMs:1e4,deliveryMs:6e4,pauseMs:1e3,claimMs:9e4,pollMs:1e3},r=["warn","fail","inconclusive","error"];export{e as a,r as b};
