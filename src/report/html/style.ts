/** The page's own style. Colours come in pairs for light and dark; contrast is at least 4.5 to 1 for text. */
export const STYLE = `
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
${['pass', 'warn', 'fail', 'inconclusive', 'error', 'skipped']
  .map(
    (verdict) =>
      `header.${verdict}{border-left-color:var(--${verdict})}header.${verdict} .mark,.badge.${verdict}{color:var(--${verdict});background:var(--${verdict}-bg)}`,
  )
  .join('')}
.badge{display:inline-block;padding:.1rem .55rem;border-radius:1rem;font-weight:600;white-space:nowrap;font-size:.88rem}
code{overflow-wrap:anywhere;font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--skipped-bg);border-radius:4px;padding:.1em .3em}
pre{overflow-x:auto;background:var(--skipped-bg);border-radius:6px;padding:.7rem}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.findings li{border:1px solid var(--line);border-left:5px solid var(--line);border-radius:8px;padding:.6rem .85rem}
${['warn', 'fail', 'inconclusive', 'error'].map((verdict) => `.findings li.${verdict}{border-left-color:var(--${verdict})}`).join('')}
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
`;
