import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a}from"./chunk-LN3C6E45.js";import"./chunk-5EIITVHZ.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";export{a as expand};
