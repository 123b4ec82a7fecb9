import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function i(e,r){let s=[],n="";for(let t of e.split(/\s+/))n!==""&&n.length+1+t.length>r?(s.push(n),n=t):n=n===""?t:`${n} ${t}`;return n!==""&&s.push(n),s}export{i as a};
