import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
async function s(e,i,t=i){let r,n=new Promise((m,o)=>{r=setTimeout(()=>o(new Error(`no answer within ${t} ms`)),i)});try{return await Promise.race([e,n])}finally{clearTimeout(r),e.catch(()=>{})}}export{s as a};
