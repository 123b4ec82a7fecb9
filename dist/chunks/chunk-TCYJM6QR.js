import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as e}from"./chunk-5XNO43KJ.js";var r=class extends Error{static{e(this,"StateUnavailableError")}name="StateUnavailableError"};export{r as a};
