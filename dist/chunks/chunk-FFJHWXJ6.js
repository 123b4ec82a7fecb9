import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
var e=["verify","plan","rollback","health"];export{e as a};
