import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b,c}from"./chunk-SBT4A5S3.js";import"./chunk-5XNO43KJ.js";export{c as client,a as githubPermission,b as permissionIn};
