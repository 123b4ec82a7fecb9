import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as o}from"./chunk-5XNO43KJ.js";import{setFlagsFromString as e}from"node:v8";function r(){e("--semi-space-growth-factor=1"),e("--optimize-for-size")}o(r,"keepHeapSmall");export{r as a};
