import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as e}from"./chunk-O3WYV77V.js";import"./chunk-RWTZZ5WF.js";import"./chunk-57MWHTG7.js";import"./chunk-55CDFFVJ.js";function t(l){let c=e(l).flatMap(o=>o.kind==="documents"&&o.lookup?[o.collection,o.lookup.collection]:[o.collection]);return[...new Set(c)]}export{t as collectionsOf};
