import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b as B}from"./chunk-6BXBZZA3.js";import{D as T,G as M,H as L,I as E,K as m,S as W,T as I}from"./chunk-F7GRBYIM.js";import"./chunk-55CDFFVJ.js";var u=640,k=220,g=96,v=16,R=12,j=34;function N(t){let{target:r,metric:e,values:n,warmup:o,limit:d,count:i,failed:c}=t,h=[...o,...n],f=Math.max(...h),p=d!==void 0&&d<=3*f?d:void 0,$=Math.max(f,p??0)*1.08||1,w=s=>g+(s+.5)/h.length*(u-g-v),b=s=>R+(1-s/$)*(k-R-j),Y=n.map((s,y)=>`${l(w(o.length+y))},${l(b(s))}`).join(" "),K=[0,.25,.5,.75,1].map(s=>s*$),S=[...n].sort((s,y)=>s-y),A=`${i} samples${c>0?`, ${c} failed`:""}${o.length>0?`, after ${o.length} warm-up probes`:""}: from ${m(S[0]??0)} to ${m(S.at(-1)??0)}, median ${m(S[Math.floor((S.length-1)/2)]??0)}${d===void 0?"":`; limit ${m(d)}${p===void 0?", far above":""}`}`,C=h.length>80?1.8:3.2;return a`<figure>
<figcaption><strong>${r}</strong> <code>${e}</code><br><span class="words">${A}</span></figcaption>
<svg viewBox="0 0 ${u} ${k}" role="img" aria-label="${r}, ${e}: ${A}">
${K.map(s=>a`<line class="grid" x1="${g}" x2="${u-v}" y1="${l(b(s))}" y2="${l(b(s))}"/><text class="tick" x="${g-8}" y="${l(b(s)+4)}" text-anchor="end">${m(Number(s.toPrecision(2)))}</text>`)}
${o.length>0?a`<rect class="warm" x="${g}" y="${R}" width="${l(w(o.length-.5)-g)}" height="${k-R-j}"/>`:""}
${p===void 0?"":a`<line class="limit" x1="${g}" x2="${u-v}" y1="${l(b(p))}" y2="${l(b(p))}"/>`}
<polyline class="series" points="${Y}"/>
${o.map((s,y)=>a`<circle class="thrown" cx="${l(w(y))}" cy="${l(b(s))}" r="${C}"/>`)}
${n.map((s,y)=>a`<circle class="point${d!==void 0&&s>=d?" over":""}" cx="${l(w(o.length+y))}" cy="${l(b(s))}" r="${C}"/>`)}
${p===void 0?"":a`<text class="limit-text" x="${u-v}" y="${l(b(p)-6)}" text-anchor="end">limit ${m(p)}</text>`}
<text class="tick" x="${g}" y="${k-10}">${o.length>0?"warm-up, then the samples":"first sample"}</text>
<text class="tick" x="${u-v}" y="${k-10}" text-anchor="end">last</text>
</svg>
</figure>`}var O=26,H=130;function U(t){let r=Math.min(...t.map(({startedAt:i})=>Date.parse(i))),e=Math.max(...t.map(({startedAt:i,durationMs:c})=>Date.parse(i)+c))-r||1,n=t.length*O+8,o=i=>H+i/e*(u-H-84),d=t.map(({name:i,durationMs:c,outcome:h})=>`${i} ${m(c)}${h==="done"?"":` (${h})`}`).join(", ");return a`<svg class="timeline" viewBox="0 0 ${u} ${n}" role="img" aria-label="Timeline: ${d}">
${t.map((i,c)=>{let h=Date.parse(i.startedAt)-r,f=o(h),p=Math.max(3,o(h+i.durationMs)-f),$=4+c*O;return a`<text class="label" x="${H-10}" y="${$+16}" text-anchor="end">${i.name}</text><rect class="phase ${i.outcome}" x="${l(f)}" y="${$+3}" width="${l(p)}" height="${O-9}" rx="3"/><text class="tick" x="${l(f+p+6)}" y="${$+16}">${m(i.durationMs)}</text>`})}
</svg>`}function l(t){return String(Number(t.toFixed(1)))}var z=500;function V(t){let{operation:r,operationId:e,planDigest:n,confirm:o,state:d,steps:i,warnings:c=[],history:h=[]}=t;return a`<section aria-labelledby="rollback"><h2 id="rollback">Rollback ${r}</h2>
<dl><dt>State</dt><dd>${P(d)}</dd>
${e?a`<dt>Operation</dt><dd><code>${e}</code></dd>`:""}
${n?a`<dt>Plan digest</dt><dd><code>${n}</code></dd>`:""}
${o?a`<dt>To apply it, confirm</dt><dd><code>${o}</code></dd>`:""}</dl>
${c.length>0?a`<ul class="notices">${c.map(f=>a`<li>${f}</li>`)}</ul>`:""}
${i.length>0?Q(i):""}
${i.map(({step:f,name:p,details:$=[]})=>$.length>0?a`<details><summary>STEP ${f} ${p}</summary><ul>${$.slice(0,z).map(w=>a`<li>${w}</li>`)}</ul>${$.length>z?a`<p>… and ${$.length-z} more lines</p>`:""}</details>`:"")}
${h.length>0?X(h):""}
</section>`}function Q(t){return a`<table><thead><tr>${["STEP","Risk","Undo","State","Matched","Modified","Conflicts","Took","Impact"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="STEP">${e.step} ${e.name}</th>
<td data-label="Risk">${e.risk==="critical"||e.risk==="high"?a`<strong>${e.risk}</strong>`:e.risk}</td>
<td data-label="Undo">${e.reversibility}</td>
<td data-label="State">${P(e.state)}</td>
<td data-label="Matched" class="number">${e.matched.toLocaleString("en-US")}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
<td data-label="Conflicts" class="number">${e.conflicts.toLocaleString("en-US")}</td>
<td data-label="Took" class="number">${m(e.durationMs)}</td>
<td data-label="Impact">${e.impact}${e.error?a`<br><strong>${e.error}</strong>`:""}</td>
</tr>`)}</tbody></table>`}function X(t){return a`<h3>History</h3><table><thead><tr>${["Operation","What","State","STEPs","Started","By","Modified"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="Operation"><code>${e.operationId}</code></th>
<td data-label="What">${e.operation}</td>
<td data-label="State">${P(e.state)}</td>
<td data-label="STEPs">${e.steps.join(", ")}</td>
<td data-label="Started">${e.startedAt}</td>
<td data-label="By">${e.actor}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
</tr>`)}</tbody></table>`}function P(t){return t.replaceAll("_"," ")}var _=`
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
.aside{white-space:normal;color:var(--dim)}
details>summary{cursor:pointer;padding:.4rem 0;font-weight:600}
details{margin-top:.6rem}
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
.limit-text{fill:var(--fail);font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
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
.tick,.limit-text{font-size:17px}
.label{font-size:19px}
}
@media print{body{background:#fff;max-width:none}header,section{break-inside:avoid;border-color:#999}}
`;var G={pass:"\u2713",warn:"!",fail:"\u2715",inconclusive:"?",error:"\u26A0",skipped:"\u2013"},D=60,x=5e3;function vt(t){let r=`${t.verdict}: ${t.mode} ${t.environment}`;return a`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${r}</title>
<style>${B(_)}</style>
</head>
<body>
<header class="verdict ${t.verdict}">
<p class="kicker">deploy-guard · ${t.mode}${t.dryRun?" \xB7 dry run":""}</p>
<h1><span class="mark" aria-hidden="true">${G[t.verdict]}</span> ${t.verdict} <span class="where">${t.environment}</span></h1>
<p>${W(t)} Took ${Z(t)}.</p>
${t.cause?a`<p class="cause"><strong>Cause:</strong> ${t.cause}</p>`:""}
</header>
<main>
${tt(t)}
${et(t.checks)}
${at(t)}
${rt(t)}
${ot(t.alerts)}
${t.rollback?V(t.rollback):""}
</main>
<footer>${nt(t)}</footer>
</body>
</html>
`.text}function Z(t){return m(Math.max(0,Date.parse(t.finishedAt)-Date.parse(t.startedAt)))}function tt({notices:t=[]}){return t.length===0?"":a`<section aria-label="Notices"><ul class="notices">${t.map(r=>a`<li>${r}</li>`)}</ul></section>`}function et(t){if(t.length===0)return"";let{shown:r,folded:e}=L(t),n=t.some(o=>o.baseline!==void 0);return a`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
${r.length>0?F(r,n):""}
${e.length>0?a`<details><summary>${E(e)}</summary>${F(e,n)}</details>`:""}
</section>`}function F(t,r){let e=["Verdict","Check","Observed","Threshold",...r?["Baseline"]:[],"Samples","Why, and what to do"],n=t.slice(0,x).map(o=>a`<tr>
<td data-label="Verdict"><span class="badge ${o.verdict}"><span aria-hidden="true">${G[o.verdict]}</span> ${o.verdict}</span></td>
<th scope="row" data-label="Check">${J(M(o))} <code>${J(o.metric)}</code></th>
<td data-label="Observed" class="number">${q(o.observed,o.unit)}</td>
<td data-label="Threshold">${o.threshold===""?"":a`<code>${o.threshold}</code>`}</td>
${r?a`<td data-label="Baseline" class="number">${o.baseline===void 0?"":q(o.baseline,o.unit)}</td>`:""}
<td data-label="Samples" class="number">${o.samples}${o.attempts>1?a` <span class="aside">(up to ${o.attempts} attempts)</span>`:""}</td>
<td data-label="Why" class="why">${o.reason}${o.hint?a`<br><strong>${it(o.hint)}</strong>`:""}</td>
</tr>`);return a`<table><thead><tr>${e.map(o=>a`<th scope="col">${o}</th>`)}</tr></thead>
<tbody>${n}</tbody></table>
${t.length>x?a`<p>… and ${t.length-x} more; the JSON report has them all.</p>`:""}`}function at({measurements:t=[],checks:r}){let e=t.filter(({values:d})=>d.length>0);if(e.length===0)return"";let n=d=>T.find(i=>r.some(c=>M(c)===d&&c.verdict===i))??"pass",o=[...e].sort((d,i)=>T.indexOf(n(d.target))-T.indexOf(n(i.target)));return a`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<div class="plots">${o.slice(0,D).map(d=>N(d))}</div>
${o.length>D?a`<p>… and ${o.length-D} more targets; the JSON report has their samples.</p>`:""}
</section>`}function rt({phases:t=[]}){if(t.length===0)return"";let r=t.map(e=>a`<tr><th scope="row" data-label="Phase">${e.name}</th><td data-label="Took" class="number">${m(e.durationMs)}</td><td data-label="Outcome">${e.outcome}</td><td data-label="Detail">${e.detail??""}</td></tr>`);return a`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
${U(t)}
<table><thead><tr><th scope="col">Phase</th><th scope="col">Took</th><th scope="col">Outcome</th><th scope="col">Detail</th></tr></thead><tbody>${r}</tbody></table>
</section>`}function ot(t){if(t.length===0)return"";let r=t.slice(0,x).map(e=>a`<tr>
<th scope="row" data-label="Alert">${e.title??e.type}<br><code>${e.fingerprint}</code></th>
<td data-label="Severity">${e.severity}</td>
<td data-label="Decision"><strong>${e.status}</strong> (${e.decision})<br>${e.reason}</td>
<td data-label="Channels">${e.channels.map(n=>a`<div>${n.name}: ${n.status}${n.error?` \u2014 ${n.error}`:""}</div>`)}</td>
</tr>`);return a`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<table><thead><tr><th scope="col">Alert</th><th scope="col">Severity</th><th scope="col">Decision</th><th scope="col">Channels</th></tr></thead><tbody>${r}</tbody></table>
${t.length>x?a`<p>… and ${t.length-x} more; the JSON report has them all.</p>`:""}
</section>`}function nt(t){let{run:r={}}=t,e=[["Started",t.startedAt],...r.repository?[["Repository",r.repository]]:[],...r.workflow?[["Workflow",r.workflow]]:[],...r.commit?[["Commit",r.commit.slice(0,12)]]:[],...r.actor?[["By",r.actor]]:[]],n=r.url&&/^https?:\/\//.test(r.url)?a`<dt>Run</dt><dd><a href="${r.url}">${r.url}</a></dd>`:"";return a`<dl>${e.map(([o,d])=>a`<dt>${o}</dt><dd>${d}</dd>`)}${n}</dl>`}function J(t){return a`${t.split(/(?<=[_./-])/).map((r,e)=>e===0?r:a`<wbr>${r}`)}`}function it(t){return t.split("`").map((r,e)=>e%2===1?a`<code>${r}</code>`:r)}function q(t,r){return typeof t=="string"?t:I(t,r==="%"?"":r)+(r==="%"&&t!==null?" %":"")}export{vt as renderHtml};
