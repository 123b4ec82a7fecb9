import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as e,b as j}from"./chunk-6BXBZZA3.js";import{I as T,L as H,M as O,N as z,O as W,P as L,R as c,S as C,T as N,U}from"./chunk-S52EPG5K.js";import"./chunk-55CDFFVJ.js";var v=640,k=220,g=96,x=16,M=12,B=34;function F(t){let{target:r,metric:a,values:n,warmup:o,limit:d,count:i,failed:m}=t,f=[...o,...n],$=Math.max(...f),p=d!==void 0&&d<=3*$?d:void 0,u=Math.max($,p??0)*1.08||1,w=s=>g+(s+.5)/f.length*(v-g-x),h=s=>M+(1-s/u)*(k-M-B),G=n.map((s,y)=>`${l(w(o.length+y))},${l(h(s))}`).join(" "),Y=[0,.25,.5,.75,1].map(s=>s*u),R=[...n].sort((s,y)=>s-y),E=`${i} samples${m>0?`, ${m} failed`:""}${o.length>0?`, after ${o.length} warm-up probes`:""}: from ${c(R[0]??0)} to ${c(R.at(-1)??0)}, median ${c(R[Math.floor((R.length-1)/2)]??0)}${d===void 0?"":`; limit ${c(d)}${p===void 0?", far above":""}`}`,I=f.length>80?1.8:3.2;return e`<figure>
<figcaption><strong>${r}</strong> <code>${a}</code><br><span class="words">${E}</span></figcaption>
<svg viewBox="0 0 ${v} ${k}" role="img" aria-label="${r}, ${a}: ${E}">
${Y.map(s=>e`<line class="grid" x1="${g}" x2="${v-x}" y1="${l(h(s))}" y2="${l(h(s))}"/><text class="tick" x="${g-8}" y="${l(h(s)+4)}" text-anchor="end">${c(Number(s.toPrecision(2)))}</text>`)}
${o.length>0?e`<rect class="warm" x="${g}" y="${M}" width="${l(w(o.length-.5)-g)}" height="${k-M-B}"/>`:""}
${p===void 0?"":e`<line class="limit" x1="${g}" x2="${v-x}" y1="${l(h(p))}" y2="${l(h(p))}"/>`}
<polyline class="series" points="${G}"/>
${o.map((s,y)=>e`<circle class="thrown" cx="${l(w(y))}" cy="${l(h(s))}" r="${I}"/>`)}
${n.map((s,y)=>e`<circle class="point${d!==void 0&&s>=d?" over":""}" cx="${l(w(o.length+y))}" cy="${l(h(s))}" r="${I}"/>`)}
${p===void 0?"":e`<text class="limit-text" x="${v-x}" y="${l(h(p)-6)}" text-anchor="end">limit ${c(p)}</text>`}
<text class="tick" x="${g}" y="${k-10}">${o.length>0?"warm-up, then the samples":"first sample"}</text>
<text class="tick" x="${v-x}" y="${k-10}" text-anchor="end">last</text>
</svg>
</figure>`}function l(t){return String(Number(t.toFixed(1)))}var D=500;function _(t){let{operation:r,operationId:a,planDigest:n,confirm:o,state:d,steps:i,warnings:m=[],history:f=[]}=t;return e`<section aria-labelledby="rollback"><h2 id="rollback">Rollback ${r}</h2>
<dl><dt>State</dt><dd>${P(d)}</dd>
${a?e`<dt>Operation</dt><dd><code>${a}</code></dd>`:""}
${n?e`<dt>Plan digest</dt><dd><code>${n}</code></dd>`:""}
${o?e`<dt>To apply it, confirm</dt><dd><code>${o}</code></dd>`:""}</dl>
${m.length>0?e`<ul class="notices">${m.map($=>e`<li>${$}</li>`)}</ul>`:""}
${i.length>0?r==="plan"?q(i,n!==""):K(i):""}
${i.map(({step:$,name:p,details:u=[]})=>u.length>0?e`<details><summary>STEP ${$} ${p}</summary><ul>${u.slice(0,D).map(w=>e`<li>${w}</li>`)}</ul>${u.length>D?e`<p>… and ${u.length-D} more lines</p>`:""}</details>`:"")}
${f.length>0?Q(f):""}
</section>`}function q(t,r){return e`<table><thead><tr>${["STEP","Risk","Undo","Would change","Impact"].map(n=>e`<th scope="col">${n}</th>`)}</tr></thead><tbody>${t.map(n=>e`<tr>
<th scope="row" data-label="STEP">${n.step} ${n.name}</th>
<td data-label="Risk">${V(n)}</td>
<td data-label="Undo">${n.reversibility}</td>
<td data-label="Would change" class="number">${r?n.matched.toLocaleString("en-US"):"?"}</td>
<td data-label="Impact">${n.impact}${n.error?e`<br><strong>${n.error}</strong>`:""}</td>
</tr>`)}</tbody></table>`}function V({risk:t}){return t==="critical"||t==="high"?e`<strong class="risk">${t}</strong>`:t}function K(t){return e`<table><thead><tr>${["STEP","Risk","Undo","State","Matched","Modified","Conflicts","Took","Impact"].map(a=>e`<th scope="col">${a}</th>`)}</tr></thead><tbody>${t.map(a=>e`<tr>
<th scope="row" data-label="STEP">${a.step} ${a.name}</th>
<td data-label="Risk">${V(a)}</td>
<td data-label="Undo">${a.reversibility}</td>
<td data-label="State">${P(a.state)}</td>
<td data-label="Matched" class="number">${a.matched.toLocaleString("en-US")}</td>
<td data-label="Modified" class="number">${a.modified.toLocaleString("en-US")}</td>
<td data-label="Conflicts" class="number">${a.conflicts.toLocaleString("en-US")}</td>
<td data-label="Took" class="number">${c(a.durationMs)}</td>
<td data-label="Impact">${a.impact}${a.error?e`<br><strong>${a.error}</strong>`:""}</td>
</tr>`)}</tbody></table>`}function Q(t){return e`<h3>History</h3><table><thead><tr>${["Operation","What","State","STEPs","Started","By","Modified"].map(a=>e`<th scope="col">${a}</th>`)}</tr></thead><tbody>${t.map(a=>e`<tr>
<th scope="row" data-label="Operation"><code>${a.operationId}</code></th>
<td data-label="What">${a.operation}</td>
<td data-label="State">${P(a.state)}</td>
<td data-label="STEPs">${a.steps.join(", ")}</td>
<td data-label="Started">${a.startedAt}</td>
<td data-label="By">${a.actor}</td>
<td data-label="Modified" class="number">${a.modified.toLocaleString("en-US")}</td>
</tr>`)}</tbody></table>`}function P(t){return t.replaceAll("_"," ")}var J=`
:root{--ground:#f6f7f9;--paper:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--accent:#0550ae;
--pass:#116329;--pass-bg:#dafbe1;--warn:#7a4e00;--warn-bg:#fff3c4;--fail:#a40e26;--fail-bg:#ffe3e6;
--inconclusive:#5a3aa8;--inconclusive-bg:#eee7ff;--error:#953800;--error-bg:#ffe8d6;--skipped:#57606a;--skipped-bg:#eaeef2}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--paper:#161b22;--ink:#e6edf3;--dim:#9aa4af;--line:#30363d;--accent:#79b8ff;
--pass:#6fdd8b;--pass-bg:#12311c;--warn:#f2cc60;--warn-bg:#3a2d09;--fail:#ff9aa2;--fail-bg:#46121a;
--inconclusive:#cbb2ff;--inconclusive-bg:#2c2050;--error:#ffb77c;--error-bg:#452208;--skipped:#9aa4af;--skipped-bg:#21262d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.25rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:break-word}
.why,dd,li,header p,tbody th{overflow-wrap:anywhere}
tbody th{min-width:11rem}
header,section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.35rem;margin:0 0 1.1rem}
header{border-left-width:8px}
.kicker{margin:0;color:var(--dim);font-size:.9rem}
h1{margin:.15rem 0 .35rem;font-size:1.9rem;line-height:1.2}
h1 .where{font-weight:400;color:var(--dim);font-size:1.3rem}
h2{margin:0 0 .7rem;font-size:1.2rem}
h3{margin:1rem 0 .4rem;font-size:1rem}
header p{margin:.25rem 0}
.cause{border-top:1px solid var(--line);padding-top:.6rem;margin-top:.6rem}
.mark{display:inline-block;width:1.6em;height:1.6em;line-height:1.6em;border-radius:50%;text-align:center;font-size:.8em}
${["pass","warn","fail","inconclusive","error","skipped"].map(t=>`header.${t}{border-left-color:var(--${t})}header.${t} .mark,.badge.${t}{color:var(--${t});background:var(--${t}-bg)}`).join("")}
.badge{display:inline-block;padding:.1rem .55rem;border-radius:1rem;font-weight:600;white-space:nowrap;font-size:.88rem}
code{overflow-wrap:anywhere;font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--skipped-bg);border-radius:4px;padding:.1em .3em}
pre{overflow-x:auto;background:var(--skipped-bg);border-radius:6px;padding:.7rem}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.findings li{border:1px solid var(--line);border-left:5px solid var(--line);border-radius:8px;padding:.6rem .85rem}
${["warn","fail","inconclusive","error"].map(t=>`.findings li.${t}{border-left-color:var(--${t})}`).join("")}
.findings p{margin:.15rem 0}
.findings .what{display:flex;flex-wrap:wrap;gap:.3rem .5rem;align-items:baseline}
.hint{color:var(--accent);font-weight:600}
.counts{font-size:1.1rem;font-weight:600}
.counts .aside{font-weight:400}
.risk{color:var(--fail)}
.track{width:40%;min-width:6rem}
.bar{display:block;height:.8rem;min-width:3px;border-radius:3px;background:var(--accent)}
.bar.failed,.bar.interrupted{background:var(--fail)}
.bar.skipped{background:var(--skipped)}
.notices{margin:0;padding-left:1.2rem}
table{border-collapse:collapse;width:100%;font-size:.94rem}
th,td{overflow-wrap:anywhere;text-align:left;vertical-align:top;padding:.5rem .6rem;border-top:1px solid var(--line)}
thead th{border-top:0;white-space:nowrap;color:var(--dim);font-weight:600;font-size:.85rem}
tbody th{font-weight:600}
.number{white-space:nowrap;font-variant-numeric:tabular-nums}
.why{min-width:16rem}
.aside{white-space:normal;color:var(--dim)}
details>summary{cursor:pointer;padding:.4rem 0;font-weight:600}
details{margin-top:.6rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.1rem}
figure{margin:0;max-width:44rem}
figcaption .words{color:var(--dim);font-size:.88rem}
svg{width:100%;height:auto;display:block;margin-top:.4rem}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--dim);font-size:13px}
.series{fill:none;stroke:var(--accent);stroke-width:1.5;opacity:.55}
.point{fill:var(--accent)}
.point.over{fill:var(--fail)}
.thrown{fill:none;stroke:var(--dim);stroke-width:1.4}
.warm{fill:var(--skipped-bg)}
.limit{stroke:var(--fail);stroke-width:1.5;stroke-dasharray:6 4}
.limit-text{fill:var(--fail);font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
a{color:var(--accent)}
footer{color:var(--dim);font-size:.9rem;padding:0 .3rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .9rem;margin:0}
dd{margin:0}
@media (max-width:46rem){
body{padding:.7rem}
header,section{padding:.9rem 1rem}
h1{font-size:1.55rem}
table,tbody,tr,td,tbody th{display:block;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border-top:1px solid var(--line);padding:.6rem 0}
tr:first-child{border-top:0}
td,tbody th{border:0;padding:.18rem 0}
td:empty{display:none}
td[data-label]::before{content:attr(data-label) ": ";color:var(--dim);font-size:.85rem}
td[data-label="Verdict"]::before{content:none}
.track{padding:.3rem 0}
.findings li{padding:.5rem .7rem}
dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}
.why,tbody th{min-width:0}
.tick,.limit-text{font-size:17px}
}
@media print{body{background:#fff;max-width:none}header,section{break-inside:avoid;border-color:#999}}
`;var A=60,b=5e3;function Rt(t){let r=`${t.verdict}: ${t.mode} ${t.environment}`;return e`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${r}</title>
<style>${j(J)}</style>
</head>
<body>
<header class="verdict ${t.verdict}">
<p class="kicker">deploy-guard · ${t.mode}${t.dryRun?" \xB7 dry run":""}</p>
<h1><span class="mark" aria-hidden="true">${H[t.verdict]}</span> ${t.verdict} <span class="where">${t.environment}</span></h1>
<p class="counts">${U(t)} <span class="aside">Took ${X(t)}.</span></p>
${t.cause?tt(t.cause):""}
</header>
<main>
${et(t.checks)}
${Z(t)}
${ot(t)}
${nt(t)}
${it(t.alerts)}
${t.rollback?_(t.rollback):""}
</main>
<footer>${dt(t)}</footer>
</body>
</html>
`.text}function X(t){return c(Math.max(0,Date.parse(t.finishedAt)-Date.parse(t.startedAt)))}function Z({notices:t=[]}){return t.length===0?"":e`<section aria-label="Notices"><ul class="notices">${t.map(r=>e`<li>${S(r)}</li>`)}</ul></section>`}function tt(t){return t.includes(`
`)?e`<p class="cause"><strong>Cause:</strong></p><pre tabindex="0">${t}</pre>`:e`<p class="cause"><strong>Cause:</strong> ${S(t)}</p>`}function et(t){if(t.length===0)return"";let{findings:r,passed:a}=W(t);return e`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
${r.length>0?e`<ul class="findings">${r.slice(0,b).map(at)}</ul>`:""}
${r.length>b?e`<p>… and ${r.length-b} more; the JSON report has them all.</p>`:""}
${a.length>0?e`<details><summary>${L(a)}</summary>${rt(a)}</details>`:""}
</section>`}function at({verdict:t,subject:r,reason:a,hint:n,checks:o}){let d=o.map(N).filter(i=>i!=="").join(", ");return e`<li class="${t}"><p class="what"><span class="badge ${t}"><span aria-hidden="true">${H[t]}</span> ${t}</span> <strong>${r}</strong> ${o.map(i=>e`<code>${z(i)}</code> `)}</p>
<p class="why">${d===""?"":e`<span class="number">${d}</span> — `}${S(a)}</p>
${n?e`<p class="hint"><span aria-hidden="true">→</span> ${S(n)}</p>`:""}</li>`}function rt(t){let r=t.some(o=>o.baseline!==void 0),a=["Verdict","Check","Observed",...r?["Baseline"]:[],"Samples"],n=t.slice(0,b).map(o=>e`<tr>
<td data-label="Verdict"><span class="badge ${o.verdict}"><span aria-hidden="true">${H[o.verdict]}</span> ${o.verdict}</span></td>
<th scope="row" data-label="Check">${O(o)} <code>${z(o)}</code></th>
<td data-label="Observed">${o.verdict==="skipped"?S(o.reason):C(o.observed,o.unit)}</td>
${r?e`<td data-label="Baseline" class="number">${o.baseline===void 0?"":C(o.baseline,o.unit)}</td>`:""}
<td data-label="Samples" class="number">${o.samples}${o.attempts>1?e` <span class="aside">(up to ${o.attempts} attempts)</span>`:""}</td>
</tr>`);return e`<table><thead><tr>${a.map(o=>e`<th scope="col">${o}</th>`)}</tr></thead>
<tbody>${n}</tbody></table>
${t.length>b?e`<p>… and ${t.length-b} more; the JSON report has them all.</p>`:""}`}function ot({measurements:t=[],checks:r}){let a=t.filter(({values:d})=>d.length>0);if(a.length===0)return"";let n=d=>T.find(i=>r.some(m=>O(m)===d&&m.verdict===i))??"pass",o=[...a].sort((d,i)=>T.indexOf(n(d.target))-T.indexOf(n(i.target)));return e`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<div class="plots">${o.slice(0,A).map(d=>F(d))}</div>
${o.length>A?e`<p>… and ${o.length-A} more targets; the JSON report has their samples.</p>`:""}
</section>`}function nt({phases:t=[]}){if(t.length===0)return"";let r=Math.min(...t.map(({startedAt:i})=>Date.parse(i))),a=t.map(({startedAt:i,durationMs:m})=>Date.parse(i)+m-r),n=Math.max(...a)||1,o=i=>`${Number((i/n*100).toFixed(2))}%`,d=t.map(i=>{let f=`margin-left:min(${o(Date.parse(i.startedAt)-r)},calc(100% - 3px));width:${o(i.durationMs)}`,$=i.outcome==="done"?"":e` <strong>${i.outcome}</strong>`;return e`<tr><th scope="row">${i.name}</th><td class="track"><span class="bar ${i.outcome}" style="${f}"></span></td><td class="number">${c(i.durationMs)}${$}</td><td>${i.detail??""}</td></tr>`});return e`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
<table class="phases"><thead><tr><th scope="col">Phase</th><th scope="col">When</th><th scope="col">Took</th><th scope="col">Detail</th></tr></thead><tbody>${d}</tbody></table>
</section>`}function it(t){if(t.length===0)return"";let r=t.slice(0,b).map(a=>e`<tr>
<th scope="row" data-label="Alert">${a.title??a.type}<br><code>${a.fingerprint}</code></th>
<td data-label="Severity">${a.severity}</td>
<td data-label="Decision"><strong>${a.status}</strong> (${a.decision})<br>${a.reason}</td>
<td data-label="Channels">${a.channels.map(n=>e`<div>${n.name}: ${n.status}${n.error?` \u2014 ${n.error}`:""}</div>`)}</td>
</tr>`);return e`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<table><thead><tr><th scope="col">Alert</th><th scope="col">Severity</th><th scope="col">Decision</th><th scope="col">Channels</th></tr></thead><tbody>${r}</tbody></table>
${t.length>b?e`<p>… and ${t.length-b} more; the JSON report has them all.</p>`:""}
</section>`}function dt(t){let{run:r={}}=t,a=[["Started",t.startedAt],...r.repository?[["Repository",r.repository]]:[],...r.workflow?[["Workflow",r.workflow]]:[],...r.commit?[["Commit",r.commit.slice(0,12)]]:[],...r.actor?[["By",r.actor]]:[]],n=r.url&&/^https?:\/\//.test(r.url)?e`<dt>Run</dt><dd><a href="${r.url}">${r.url}</a></dd>`:"";return e`<dl>${a.map(([o,d])=>e`<dt>${o}</dt><dd>${d}</dd>`)}${n}</dl>`}function S(t){return t.split("`").map((r,a)=>a%2===1?e`<code>${r}</code>`:r)}export{Rt as renderHtml};
