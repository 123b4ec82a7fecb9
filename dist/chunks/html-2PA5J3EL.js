import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{e as L,f as E}from"./chunk-KOWIF7S6.js";import{b as h}from"./chunk-AGMN5647.js";import{a as n}from"./chunk-5XNO43KJ.js";var x=class{static{n(this,"Html")}text;constructor(r){this.text=r}};function a(t,...r){return new x(t.map((e,s)=>e+(s<r.length?W(r[s]??""):"")).join(""))}n(a,"html");function I(t){return new x(t)}n(I,"raw");function J(t){return t.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,"").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/"/g,"&quot;").replace(/'/g,"&#39;")}n(J,"escapeHtml");function W(t){return t instanceof x?t.text:typeof t=="string"?J(t):typeof t=="number"?String(t):t.map(W).join("")}n(W,"render");var u=640,k=220,g=64,v=16,T=12,B=34;function j(t){let{target:r,metric:e,values:s,warmup:d,limit:o,count:i,failed:p}=t,f=[...d,...s],$=Math.max(...f,o??0)*1.08||1,b=n(l=>g+(l+.5)/f.length*(u-g-v),"x"),c=n(l=>T+(1-l/$)*(k-T-B),"y"),M=s.map((l,y)=>`${m(b(d.length+y))},${m(c(l))}`).join(" "),q=[0,.25,.5,.75,1].map(l=>l*$),R=[...s].sort((l,y)=>l-y),A=`${i} samples${p>0?`, ${p} failed`:""}${d.length>0?`, after ${d.length} warm-up probes`:""}: from ${h(R[0]??0)} to ${h(R.at(-1)??0)}, median ${h(R[Math.floor((R.length-1)/2)]??0)}${o===void 0?"":`; limit ${h(o)}`}`,C=f.length>80?1.8:3.2;return a`<figure>
<figcaption><strong>${r}</strong> <code>${e}</code><br><span class="words">${A}</span></figcaption>
<svg viewBox="0 0 ${u} ${k}" role="img" aria-label="${r}, ${e}: ${A}">
${q.map(l=>a`<line class="grid" x1="${g}" x2="${u-v}" y1="${m(c(l))}" y2="${m(c(l))}"/><text class="tick" x="${g-8}" y="${m(c(l)+4)}" text-anchor="end">${h(Number(l.toPrecision(2)))}</text>`)}
${d.length>0?a`<rect class="warm" x="${g}" y="${T}" width="${m(b(d.length-.5)-g)}" height="${k-T-B}"/>`:""}
${o===void 0?"":a`<line class="limit" x1="${g}" x2="${u-v}" y1="${m(c(o))}" y2="${m(c(o))}"/><text class="limit-text" x="${u-v}" y="${m(c(o)-5)}" text-anchor="end">limit ${h(o)}</text>`}
<polyline class="series" points="${M}"/>
${d.map((l,y)=>a`<circle class="thrown" cx="${m(b(y))}" cy="${m(c(l))}" r="${C}"/>`)}
${s.map((l,y)=>a`<circle class="point${o!==void 0&&l>=o?" over":""}" cx="${m(b(d.length+y))}" cy="${m(c(l))}" r="${C}"/>`)}
<text class="tick" x="${g}" y="${k-10}">${d.length>0?"warm-up, then the samples":"first sample"}</text>
<text class="tick" x="${u-v}" y="${k-10}" text-anchor="end">last</text>
</svg>
</figure>`}n(j,"latencyPlot");var O=26,H=130;function N(t){let r=Math.min(...t.map(({startedAt:i})=>Date.parse(i))),e=Math.max(...t.map(({startedAt:i,durationMs:p})=>Date.parse(i)+p))-r||1,s=t.length*O+8,d=n(i=>H+i/e*(u-H-84),"x"),o=t.map(({name:i,durationMs:p,outcome:f})=>`${i} ${h(p)}${f==="done"?"":` (${f})`}`).join(", ");return a`<svg class="timeline" viewBox="0 0 ${u} ${s}" role="img" aria-label="Timeline: ${o}">
${t.map((i,p)=>{let f=Date.parse(i.startedAt)-r,$=d(f),b=Math.max(3,d(f+i.durationMs)-$),c=4+p*O;return a`<text class="label" x="${H-10}" y="${c+16}" text-anchor="end">${i.name}</text><rect class="phase ${i.outcome}" x="${m($)}" y="${c+3}" width="${m(b)}" height="${O-9}" rx="3"/><text class="tick" x="${m($+b+6)}" y="${c+16}">${h(i.durationMs)}</text>`})}
</svg>`}n(N,"phasesPlot");function m(t){return String(Number(t.toFixed(1)))}n(m,"fixed");var P=500;function U(t){let{operation:r,operationId:e,planDigest:s,confirm:d,state:o,steps:i,warnings:p=[],history:f=[]}=t;return a`<section aria-labelledby="rollback"><h2 id="rollback">Rollback ${r}</h2>
<dl><dt>State</dt><dd>${z(o)}</dd>
${e?a`<dt>Operation</dt><dd><code>${e}</code></dd>`:""}
${s?a`<dt>Plan digest</dt><dd><code>${s}</code></dd>`:""}
${d?a`<dt>To apply it, confirm</dt><dd><code>${d}</code></dd>`:""}</dl>
${p.length>0?a`<ul class="notices">${p.map($=>a`<li>${$}</li>`)}</ul>`:""}
${i.length>0?G(i):""}
${i.map(({step:$,name:b,details:c=[]})=>c.length>0?a`<details><summary>STEP ${$} ${b}</summary><ul>${c.slice(0,P).map(M=>a`<li>${M}</li>`)}</ul>${c.length>P?a`<p>… and ${c.length-P} more lines</p>`:""}</details>`:"")}
${f.length>0?Y(f):""}
</section>`}n(U,"rollbackSections");function G(t){return a`<table><thead><tr>${["STEP","Risk","Undo","State","Matched","Modified","Conflicts","Took","Impact"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="STEP">${e.step} ${e.name}</th>
<td data-label="Risk">${e.risk==="critical"||e.risk==="high"?a`<strong>${e.risk}</strong>`:e.risk}</td>
<td data-label="Undo">${e.reversibility}</td>
<td data-label="State">${z(e.state)}</td>
<td data-label="Matched" class="number">${e.matched.toLocaleString("en-US")}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
<td data-label="Conflicts" class="number">${e.conflicts.toLocaleString("en-US")}</td>
<td data-label="Took" class="number">${h(e.durationMs)}</td>
<td data-label="Impact">${e.impact}${e.error?a`<br><strong>${e.error}</strong>`:""}</td>
</tr>`)}</tbody></table>`}n(G,"stepsTable");function Y(t){return a`<h3>History</h3><table><thead><tr>${["Operation","What","State","STEPs","Started","By","Modified"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="Operation"><code>${e.operationId}</code></th>
<td data-label="What">${e.operation}</td>
<td data-label="State">${z(e.state)}</td>
<td data-label="STEPs">${e.steps.join(", ")}</td>
<td data-label="Started">${e.startedAt}</td>
<td data-label="By">${e.actor}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
</tr>`)}</tbody></table>`}n(Y,"historyTable");function z(t){return t.replaceAll("_"," ")}n(z,"words");var V=`
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
code{font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--skipped-bg);border-radius:4px;padding:.1em .3em}
pre{overflow-x:auto;background:var(--skipped-bg);border-radius:6px;padding:.7rem}
.notices{margin:0;padding-left:1.2rem}
table{border-collapse:collapse;width:100%;font-size:.94rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .6rem;border-top:1px solid var(--line)}
thead th{border-top:0;white-space:nowrap;color:var(--dim);font-weight:600;font-size:.85rem}
tbody th{font-weight:600}
.number{white-space:nowrap;font-variant-numeric:tabular-nums}
.why{min-width:16rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.1rem}
figure{margin:0}
figcaption .words{color:var(--dim);font-size:.88rem}
svg{width:100%;height:auto;display:block;margin-top:.4rem}
svg.timeline{max-width:48rem;margin:0 0 .9rem}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--dim);font-size:13px}
.label{fill:var(--ink);font-size:14px}
.series{fill:none;stroke:var(--accent);stroke-width:1.5;opacity:.55}
.point{fill:var(--accent)}
.point.over{fill:var(--fail)}
.thrown{fill:none;stroke:var(--dim);stroke-width:1.4}
.warm{fill:var(--skipped-bg)}
.limit{stroke:var(--fail);stroke-width:1.5;stroke-dasharray:6 4}
.limit-text{fill:var(--fail);font-size:13px;font-weight:600}
.phase{fill:var(--accent)}
.phase.failed,.phase.interrupted{fill:var(--fail)}
.phase.skipped{fill:var(--skipped)}
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
td[data-label="Verdict"]::before,td[data-label="Why"]::before{content:none}
.why,tbody th{min-width:0}
.tick,.limit-text{font-size:19px}
.label{font-size:20px}
}
@media print{body{background:#fff;max-width:none}header,section{break-inside:avoid;border-color:#999}}
`;var F={pass:"\u2713",warn:"!",fail:"\u2715",inconclusive:"?",error:"\u26A0",skipped:"\u2013"},S=["fail","error","inconclusive","warn","pass","skipped"],D=60,w=5e3;function xt(t){let r=`${t.verdict}: ${t.mode} ${t.environment}`;return a`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${r}</title>
<style>${I(V)}</style>
</head>
<body>
<header class="verdict ${t.verdict}">
<p class="kicker">deploy-guard · ${t.mode}${t.dryRun?" \xB7 dry run":""}</p>
<h1><span class="mark" aria-hidden="true">${F[t.verdict]}</span> ${t.verdict} <span class="where">${t.environment}</span></h1>
<p>${L(t)} Took ${K(t)}.</p>
${t.cause?a`<p class="cause"><strong>Cause:</strong> ${t.cause}</p>`:""}
</header>
<main>
${Q(t)}
${X(t.checks)}
${Z(t)}
${tt(t)}
${et(t.alerts)}
${t.rollback?U(t.rollback):""}
</main>
<footer>${at(t)}</footer>
</body>
</html>
`.text}n(xt,"renderHtml");function K(t){return h(Math.max(0,Date.parse(t.finishedAt)-Date.parse(t.startedAt)))}n(K,"took");function Q({notices:t=[]}){return t.length===0?"":a`<section aria-label="Notices"><ul class="notices">${t.map(r=>a`<li>${r}</li>`)}</ul></section>`}n(Q,"notices");function X(t){if(t.length===0)return"";let r=[...t].sort((o,i)=>S.indexOf(o.verdict)-S.indexOf(i.verdict)),e=t.some(o=>o.baseline!==void 0),s=["Verdict","Check","Observed","Threshold",...e?["Baseline"]:[],"Samples","Why, and what to do"],d=r.slice(0,w).map(o=>a`<tr>
<td data-label="Verdict"><span class="badge ${o.verdict}"><span aria-hidden="true">${F[o.verdict]}</span> ${o.verdict}</span></td>
<th scope="row" data-label="Check">${o.target} <code>${o.metric}</code></th>
<td data-label="Observed" class="number">${_(o.observed,o.unit)}</td>
<td data-label="Threshold"><code>${o.threshold}</code></td>
${e?a`<td data-label="Baseline" class="number">${o.baseline===void 0?"":_(o.baseline,o.unit)}</td>`:""}
<td data-label="Samples" class="number">${o.samples}${o.attempts>1?` (up to ${o.attempts} attempts)`:""}</td>
<td data-label="Why" class="why">${o.reason}${o.hint?a`<br><strong>${rt(o.hint)}</strong>`:""}</td>
</tr>`);return a`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
<table><thead><tr>${s.map(o=>a`<th scope="col">${o}</th>`)}</tr></thead>
<tbody>${d}</tbody></table>
${r.length>w?a`<p>… and ${r.length-w} more; the JSON report has them all.</p>`:""}
</section>`}n(X,"checks");function Z({measurements:t=[],checks:r}){let e=t.filter(({values:o})=>o.length>0);if(e.length===0)return"";let s=n(o=>S.find(i=>r.some(p=>p.target===o&&p.verdict===i))??"pass","verdictOf"),d=[...e].sort((o,i)=>S.indexOf(s(o.target))-S.indexOf(s(i.target)));return a`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<div class="plots">${d.slice(0,D).map(o=>j(o))}</div>
${d.length>D?a`<p>… and ${d.length-D} more targets; the JSON report has their samples.</p>`:""}
</section>`}n(Z,"latency");function tt({phases:t=[]}){if(t.length===0)return"";let r=t.map(e=>a`<tr><th scope="row" data-label="Phase">${e.name}</th><td data-label="Took" class="number">${h(e.durationMs)}</td><td data-label="Outcome">${e.outcome}</td><td data-label="Detail">${e.detail??""}</td></tr>`);return a`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
${N(t)}
<table><thead><tr><th scope="col">Phase</th><th scope="col">Took</th><th scope="col">Outcome</th><th scope="col">Detail</th></tr></thead><tbody>${r}</tbody></table>
</section>`}n(tt,"phases");function et(t){if(t.length===0)return"";let r=t.slice(0,w).map(e=>a`<tr>
<th scope="row" data-label="Alert">${e.title??e.type}<br><code>${e.fingerprint}</code></th>
<td data-label="Severity">${e.severity}</td>
<td data-label="Decision"><strong>${e.status}</strong> (${e.decision})<br>${e.reason}</td>
<td data-label="Channels">${e.channels.map(s=>a`<div>${s.name}: ${s.status}${s.error?` \u2014 ${s.error}`:""}</div>`)}</td>
</tr>`);return a`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<table><thead><tr><th scope="col">Alert</th><th scope="col">Severity</th><th scope="col">Decision</th><th scope="col">Channels</th></tr></thead><tbody>${r}</tbody></table>
${t.length>w?a`<p>… and ${t.length-w} more; the JSON report has them all.</p>`:""}
</section>`}n(et,"alerts");function at(t){let{run:r={}}=t,e=[["Started",t.startedAt],...r.repository?[["Repository",r.repository]]:[],...r.workflow?[["Workflow",r.workflow]]:[],...r.commit?[["Commit",r.commit.slice(0,12)]]:[],...r.actor?[["By",r.actor]]:[]],s=r.url&&/^https?:\/\//.test(r.url)?a`<dt>Run</dt><dd><a href="${r.url}">${r.url}</a></dd>`:"";return a`<dl>${e.map(([d,o])=>a`<dt>${d}</dt><dd>${o}</dd>`)}${s}</dl>`}n(at,"facts");function rt(t){return t.split("`").map((r,e)=>e%2===1?a`<code>${r}</code>`:r)}n(rt,"withCode");function _(t,r){return typeof t=="string"?t:E(t,r==="%"?"":r)+(r==="%"&&t!==null?" %":"")}n(_,"plain");export{xt as renderHtml};
