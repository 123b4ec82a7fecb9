import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b as L}from"./chunk-3GJWCAOC.js";import{l as p,q as A,r as C}from"./chunk-XCHJXSUI.js";import"./chunk-55CDFFVJ.js";var g=640,w=220,f=64,x=16,S=12,E=34;function I(t){let{target:o,metric:e,values:d,warmup:i,limit:r,count:n,failed:m}=t,h=[...i,...d],$=Math.max(...h,r??0)*1.08||1,b=s=>f+(s+.5)/h.length*(g-f-x),l=s=>S+(1-s/$)*(w-S-E),R=d.map((s,u)=>`${c(b(i.length+u))},${c(l(s))}`).join(" "),j=[0,.25,.5,.75,1].map(s=>s*$),k=[...d].sort((s,u)=>s-u),P=`${n} samples${m>0?`, ${m} failed`:""}${i.length>0?`, after ${i.length} warm-up probes`:""}: from ${p(k[0]??0)} to ${p(k.at(-1)??0)}, median ${p(k[Math.floor((k.length-1)/2)]??0)}${r===void 0?"":`; limit ${p(r)}`}`,D=h.length>80?1.8:3.2;return a`<figure>
<figcaption><strong>${o}</strong> <code>${e}</code><br><span class="words">${P}</span></figcaption>
<svg viewBox="0 0 ${g} ${w}" role="img" aria-label="${o}, ${e}: ${P}">
${j.map(s=>a`<line class="grid" x1="${f}" x2="${g-x}" y1="${c(l(s))}" y2="${c(l(s))}"/><text class="tick" x="${f-8}" y="${c(l(s)+4)}" text-anchor="end">${p(Number(s.toPrecision(2)))}</text>`)}
${i.length>0?a`<rect class="warm" x="${f}" y="${S}" width="${c(b(i.length-.5)-f)}" height="${w-S-E}"/>`:""}
${r===void 0?"":a`<line class="limit" x1="${f}" x2="${g-x}" y1="${c(l(r))}" y2="${c(l(r))}"/><text class="limit-text" x="${g-x}" y="${c(l(r)-5)}" text-anchor="end">limit ${p(r)}</text>`}
<polyline class="series" points="${R}"/>
${i.map((s,u)=>a`<circle class="thrown" cx="${c(b(u))}" cy="${c(l(s))}" r="${D}"/>`)}
${d.map((s,u)=>a`<circle class="point${r!==void 0&&s>=r?" over":""}" cx="${c(b(i.length+u))}" cy="${c(l(s))}" r="${D}"/>`)}
<text class="tick" x="${f}" y="${w-10}">${i.length>0?"warm-up, then the samples":"first sample"}</text>
<text class="tick" x="${g-x}" y="${w-10}" text-anchor="end">last</text>
</svg>
</figure>`}var T=26,M=130;function W(t){let o=Math.min(...t.map(({startedAt:n})=>Date.parse(n))),e=Math.max(...t.map(({startedAt:n,durationMs:m})=>Date.parse(n)+m))-o||1,d=t.length*T+8,i=n=>M+n/e*(g-M-84),r=t.map(({name:n,durationMs:m,outcome:h})=>`${n} ${p(m)}${h==="done"?"":` (${h})`}`).join(", ");return a`<svg class="timeline" viewBox="0 0 ${g} ${d}" role="img" aria-label="Timeline: ${r}">
${t.map((n,m)=>{let h=Date.parse(n.startedAt)-o,$=i(h),b=Math.max(3,i(h+n.durationMs)-$),l=4+m*T;return a`<text class="label" x="${M-10}" y="${l+16}" text-anchor="end">${n.name}</text><rect class="phase ${n.outcome}" x="${c($)}" y="${l+3}" width="${c(b)}" height="${T-9}" rx="3"/><text class="tick" x="${c($+b+6)}" y="${l+16}">${p(n.durationMs)}</text>`})}
</svg>`}function c(t){return String(Number(t.toFixed(1)))}var O=500;function B(t){let{operation:o,operationId:e,planDigest:d,confirm:i,state:r,steps:n,warnings:m=[],history:h=[]}=t;return a`<section aria-labelledby="rollback"><h2 id="rollback">Rollback ${o}</h2>
<dl><dt>State</dt><dd>${H(r)}</dd>
${e?a`<dt>Operation</dt><dd><code>${e}</code></dd>`:""}
${d?a`<dt>Plan digest</dt><dd><code>${d}</code></dd>`:""}
${i?a`<dt>To apply it, confirm</dt><dd><code>${i}</code></dd>`:""}</dl>
${m.length>0?a`<ul class="notices">${m.map($=>a`<li>${$}</li>`)}</ul>`:""}
${n.length>0?_(n):""}
${n.map(({step:$,name:b,details:l=[]})=>l.length>0?a`<details><summary>STEP ${$} ${b}</summary><ul>${l.slice(0,O).map(R=>a`<li>${R}</li>`)}</ul>${l.length>O?a`<p>… and ${l.length-O} more lines</p>`:""}</details>`:"")}
${h.length>0?F(h):""}
</section>`}function _(t){return a`<table><thead><tr>${["STEP","Risk","Undo","State","Matched","Modified","Conflicts","Took","Impact"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="STEP">${e.step} ${e.name}</th>
<td data-label="Risk">${e.risk==="critical"||e.risk==="high"?a`<strong>${e.risk}</strong>`:e.risk}</td>
<td data-label="Undo">${e.reversibility}</td>
<td data-label="State">${H(e.state)}</td>
<td data-label="Matched" class="number">${e.matched.toLocaleString("en-US")}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
<td data-label="Conflicts" class="number">${e.conflicts.toLocaleString("en-US")}</td>
<td data-label="Took" class="number">${p(e.durationMs)}</td>
<td data-label="Impact">${e.impact}${e.error?a`<br><strong>${e.error}</strong>`:""}</td>
</tr>`)}</tbody></table>`}function F(t){return a`<h3>History</h3><table><thead><tr>${["Operation","What","State","STEPs","Started","By","Modified"].map(e=>a`<th scope="col">${e}</th>`)}</tr></thead><tbody>${t.map(e=>a`<tr>
<th scope="row" data-label="Operation"><code>${e.operationId}</code></th>
<td data-label="What">${e.operation}</td>
<td data-label="State">${H(e.state)}</td>
<td data-label="STEPs">${e.steps.join(", ")}</td>
<td data-label="Started">${e.startedAt}</td>
<td data-label="By">${e.actor}</td>
<td data-label="Modified" class="number">${e.modified.toLocaleString("en-US")}</td>
</tr>`)}</tbody></table>`}function H(t){return t.replaceAll("_"," ")}var N=`
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
`;var V={pass:"\u2713",warn:"!",fail:"\u2715",inconclusive:"?",error:"\u26A0",skipped:"\u2013"},v=["fail","error","inconclusive","warn","pass","skipped"],z=60,y=5e3;function $t(t){let o=`${t.verdict}: ${t.mode} ${t.environment}`;return a`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${o}</title>
<style>${L(N)}</style>
</head>
<body>
<header class="verdict ${t.verdict}">
<p class="kicker">deploy-guard · ${t.mode}${t.dryRun?" \xB7 dry run":""}</p>
<h1><span class="mark" aria-hidden="true">${V[t.verdict]}</span> ${t.verdict} <span class="where">${t.environment}</span></h1>
<p>${A(t)} Took ${J(t)}.</p>
${t.cause?a`<p class="cause"><strong>Cause:</strong> ${t.cause}</p>`:""}
</header>
<main>
${q(t)}
${G(t.checks)}
${Y(t)}
${K(t)}
${Q(t.alerts)}
${t.rollback?B(t.rollback):""}
</main>
<footer>${X(t)}</footer>
</body>
</html>
`.text}function J(t){return p(Math.max(0,Date.parse(t.finishedAt)-Date.parse(t.startedAt)))}function q({notices:t=[]}){return t.length===0?"":a`<section aria-label="Notices"><ul class="notices">${t.map(o=>a`<li>${o}</li>`)}</ul></section>`}function G(t){if(t.length===0)return"";let o=[...t].sort((r,n)=>v.indexOf(r.verdict)-v.indexOf(n.verdict)),e=t.some(r=>r.baseline!==void 0),d=["Verdict","Check","Observed","Threshold",...e?["Baseline"]:[],"Samples","Why, and what to do"],i=o.slice(0,y).map(r=>a`<tr>
<td data-label="Verdict"><span class="badge ${r.verdict}"><span aria-hidden="true">${V[r.verdict]}</span> ${r.verdict}</span></td>
<th scope="row" data-label="Check">${r.target} <code>${r.metric}</code></th>
<td data-label="Observed" class="number">${U(r.observed,r.unit)}</td>
<td data-label="Threshold"><code>${r.threshold}</code></td>
${e?a`<td data-label="Baseline" class="number">${r.baseline===void 0?"":U(r.baseline,r.unit)}</td>`:""}
<td data-label="Samples" class="number">${r.samples}${r.attempts>1?` (up to ${r.attempts} attempts)`:""}</td>
<td data-label="Why" class="why">${r.reason}${r.hint?a`<br><strong>${Z(r.hint)}</strong>`:""}</td>
</tr>`);return a`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
<table><thead><tr>${d.map(r=>a`<th scope="col">${r}</th>`)}</tr></thead>
<tbody>${i}</tbody></table>
${o.length>y?a`<p>… and ${o.length-y} more; the JSON report has them all.</p>`:""}
</section>`}function Y({measurements:t=[],checks:o}){let e=t.filter(({values:r})=>r.length>0);if(e.length===0)return"";let d=r=>v.find(n=>o.some(m=>m.target===r&&m.verdict===n))??"pass",i=[...e].sort((r,n)=>v.indexOf(d(r.target))-v.indexOf(d(n.target)));return a`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<div class="plots">${i.slice(0,z).map(r=>I(r))}</div>
${i.length>z?a`<p>… and ${i.length-z} more targets; the JSON report has their samples.</p>`:""}
</section>`}function K({phases:t=[]}){if(t.length===0)return"";let o=t.map(e=>a`<tr><th scope="row" data-label="Phase">${e.name}</th><td data-label="Took" class="number">${p(e.durationMs)}</td><td data-label="Outcome">${e.outcome}</td><td data-label="Detail">${e.detail??""}</td></tr>`);return a`<section aria-labelledby="phases"><h2 id="phases">Phases</h2>
${W(t)}
<table><thead><tr><th scope="col">Phase</th><th scope="col">Took</th><th scope="col">Outcome</th><th scope="col">Detail</th></tr></thead><tbody>${o}</tbody></table>
</section>`}function Q(t){if(t.length===0)return"";let o=t.slice(0,y).map(e=>a`<tr>
<th scope="row" data-label="Alert">${e.title??e.type}<br><code>${e.fingerprint}</code></th>
<td data-label="Severity">${e.severity}</td>
<td data-label="Decision"><strong>${e.status}</strong> (${e.decision})<br>${e.reason}</td>
<td data-label="Channels">${e.channels.map(d=>a`<div>${d.name}: ${d.status}${d.error?` \u2014 ${d.error}`:""}</div>`)}</td>
</tr>`);return a`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<table><thead><tr><th scope="col">Alert</th><th scope="col">Severity</th><th scope="col">Decision</th><th scope="col">Channels</th></tr></thead><tbody>${o}</tbody></table>
${t.length>y?a`<p>… and ${t.length-y} more; the JSON report has them all.</p>`:""}
</section>`}function X(t){let{run:o={}}=t,e=[["Started",t.startedAt],...o.repository?[["Repository",o.repository]]:[],...o.workflow?[["Workflow",o.workflow]]:[],...o.commit?[["Commit",o.commit.slice(0,12)]]:[],...o.actor?[["By",o.actor]]:[]],d=o.url&&/^https?:\/\//.test(o.url)?a`<dt>Run</dt><dd><a href="${o.url}">${o.url}</a></dd>`:"";return a`<dl>${e.map(([i,r])=>a`<dt>${i}</dt><dd>${r}</dd>`)}${d}</dl>`}function Z(t){return t.split("`").map((o,e)=>e%2===1?a`<code>${o}</code>`:o)}function U(t,o){return typeof t=="string"?t:C(t,o==="%"?"":o)+(o==="%"&&t!==null?" %":"")}export{$t as renderHtml};
