/** The style of the status page. Colours come in pairs for light and dark; text has a contrast of 4.5 or more. */
export const STATUS_STYLE = `
:root{--ground:#f6f7f9;--paper:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--accent:#0550ae;
--pass:#116329;--pass-bg:#dafbe1;--pass-bar:#2da44e;--warn:#7a4e00;--warn-bg:#fff3c4;--warn-bar:#d4a72c;--fail:#a40e26;--fail-bg:#ffe3e6;--fail-bar:#cf222e;
--inconclusive:#5a3aa8;--inconclusive-bg:#eee7ff;--inconclusive-bar:#8250df;--error:#953800;--error-bg:#ffe8d6;--error-bar:#bc4c00}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--paper:#161b22;--ink:#e6edf3;--dim:#9aa4af;--line:#30363d;--accent:#79b8ff;
--pass:#6fdd8b;--pass-bg:#12311c;--pass-bar:#2ea043;--warn:#f2cc60;--warn-bg:#3a2d09;--warn-bar:#bb8009;--fail:#ff9aa2;--fail-bg:#46121a;--fail-bar:#f85149;
--inconclusive:#cbb2ff;--inconclusive-bg:#2c2050;--inconclusive-bar:#a371f7;--error:#ffb77c;--error-bg:#452208;--error-bar:#db6d28}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:52rem;padding:1.25rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:break-word}
h1{font-size:1.3rem;margin:0 0 .6rem}
h2{font-size:1.1rem;margin:0}
h2.incidents{margin:1.6rem 0 .6rem}
p{margin:.25rem 0}
.banner{font-size:1.35rem;font-weight:700;border-radius:10px;padding:.9rem 1.1rem;margin:0}
section,.list li{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;margin:.9rem 0}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.2rem 1rem;align-items:baseline}
.state{font-weight:600;border-radius:1rem;padding:.05rem .6rem;margin:0}
${['pass', 'warn', 'fail', 'inconclusive', 'error'].map((verdict) => `.banner.${verdict},.state.${verdict}{color:var(--${verdict});background:var(--${verdict}-bg)}.bar .${verdict}{background:var(--${verdict}-bar)}`).join('')}
.faint{color:var(--dim);font-size:.9rem}
.note{overflow-wrap:anywhere}
.bar{display:flex;gap:2px;height:2rem;margin:.7rem 0}
.bar span{flex:1;border-radius:2px;max-width:14px;min-width:1px}
figure{margin:.5rem 0}
figcaption{color:var(--dim);font-size:.9rem}
svg{width:100%;height:44px;display:block}
polyline{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
circle{fill:var(--accent)}
.axis{stroke:var(--line)}
a{color:var(--accent)}
.list{list-style:none;margin:0;padding:0}
.list li{padding:.7rem 1.1rem;margin:.6rem 0}
.list li.open{border-left:5px solid var(--fail-bar)}
@media (max-width:30rem){body{padding:.75rem}.bar{gap:1px}.banner{font-size:1.15rem}}
`;
