import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-O3WYV77V.js";import"./chunk-RWTZZ5WF.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";export{a as expand};
