import { escapeHtml } from '../report/html/text.ts';
import type { Verdict } from '../report/vocabulary.ts';
import type { Entry } from './history.ts';

const DAY_MS = 24 * 3_600_000;
/** How many looks the bar of an environment shows. */
const BAR = 60;
/** A page that shows an old state as if it were the present one would be a wrong green. */
export const STALE_AFTER_MS = 24 * 3_600_000;

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'Healthy',
  warn: 'Healthy, with warnings',
  fail: 'Not healthy',
  inconclusive: 'Not known: too little was measured',
  error: 'Not known: it could not be measured',
};

/**
 * The status page: one self-contained HTML file without scripts, that can be opened from a disk or
 * published. Pure. All text from outside is escaped.
 * @param entries oldest first
 * @param now epoch milliseconds
 */
export function renderPage(entries: readonly Entry[], title: string, now: number): string {
  const environments = [...Map.groupBy(entries, ({ environment }) => environment)].sort(([one], [other]) =>
    one.localeCompare(other, 'en'),
  );
  const sections = environments.map(([name, looks]) => section(name, looks, now)).join('\n');
  const incidents = incidentsOf(entries).slice(0, 20);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; --pass: #1a7f37; --warn: #9a6700; --fail: #cf222e; --error: #8250df; --inconclusive: #6e7781; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 0; }
section { border: 1px solid #8884; border-radius: 8px; padding: 1rem; margin: 1rem 0; }
.state { font-weight: 600; margin: .25rem 0; } .faint { opacity: .75; font-size: .9rem; margin: .25rem 0; }
.bar { display: flex; gap: 2px; height: 2rem; list-style: none; margin: .5rem 0; padding: 0; }
.bar li { flex: 1; border-radius: 2px; max-width: 12px; }
${(['pass', 'warn', 'fail', 'error', 'inconclusive'] as const).map((verdict) => `.${verdict} { color: var(--${verdict}); } .bar .${verdict} { background: var(--${verdict}); }`).join('\n')}
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
</style>
<h1>${escapeHtml(title)}</h1>
<p class="faint">Written at ${time(now)}.</p>
${sections === '' ? '<p>Nothing was measured yet.</p>' : sections}
<h2>Last incidents</h2>
${
  incidents.length === 0
    ? '<p>None in what is kept (90 days).</p>'
    : `<table><tr><th>Environment<th>From<th>To<th>What</tr>
${incidents.map((incident) => `<tr><td>${escapeHtml(incident.environment)}<td>${time(incident.from)}<td>${incident.to === undefined ? 'not over' : time(incident.to)}<td>${escapeHtml(incident.note)}</tr>`).join('\n')}
</table>`
}
</html>
`;
}

function section(name: string, looks: readonly Entry[], now: number): string {
  const last = looks.at(-1);
  if (!last) return '';
  const age = now - Date.parse(last.at);
  const stale = age > STALE_AFTER_MS;
  const state = stale
    ? `Not known: the last look was ${Math.floor(age / DAY_MS)} d ago`
    : WORDS[last.verdict];
  const shares = [1, 7, 90].flatMap((days) => {
    const share = availability(looks, now - days * DAY_MS);
    return share === undefined ? [] : [`${share} in ${days === 1 ? '24 hours' : `${days} days`}`];
  });
  const bars = looks
    .slice(-BAR)
    .map(
      (look) =>
        `<li class="${look.verdict}" title="${look.at.slice(0, 16).replace('T', ' ')} UTC: ${look.verdict}"><span class="hidden">${look.verdict}</span></li>`,
    )
    .join('');
  return `<section>
<h2>${escapeHtml(name)}</h2>
<p class="state ${stale ? 'error' : last.verdict}">${escapeHtml(state)}</p>
<p class="faint">${last.verdict === 'pass' ? '' : `${escapeHtml(last.note)} · `}looked at ${time(Date.parse(last.at))}</p>
<ul class="bar" aria-label="The last looks, oldest first">${bars}</ul>
<p class="faint">Healthy: ${shares.join(' · ')}</p>
</section>`;
}

/**
 * The share of looks since a time that found it healthy, in per cent; never rounded up to 100.
 * Looks that could not measure count as not healthy: a page must not get greener by not looking.
 * @returns undefined where nobody looked
 */
export function availability(looks: readonly Entry[], since: number): string | undefined {
  const counted = looks.filter(({ at }) => Date.parse(at) >= since);
  if (counted.length === 0) return undefined;
  const good = counted.filter(({ verdict }) => verdict === 'pass' || verdict === 'warn').length;
  return `${(Math.floor((good / counted.length) * 10_000) / 100).toFixed(2)} %`;
}

/** A time without health. */
export interface Incident {
  environment: string;
  /** epoch milliseconds of the first bad look */
  from: number;
  /** epoch milliseconds of the next good one; undefined where there was none yet */
  to: number | undefined;
  /** what the first bad look said */
  note: string;
}

/** From the first bad look to the next good one, each environment by itself; newest first. Pure. */
export function incidentsOf(entries: readonly Entry[]): Incident[] {
  const open = new Map<string, Incident>();
  const all: Incident[] = [];
  for (const { at, environment, verdict, note } of entries) {
    const bad = verdict !== 'pass' && verdict !== 'warn';
    const current = open.get(environment);
    if (bad && !current) {
      const incident: Incident = { environment, from: Date.parse(at), to: undefined, note };
      open.set(environment, incident);
      all.push(incident);
    } else if (!bad && current) {
      current.to = Date.parse(at);
      open.delete(environment);
    }
  }
  return all.sort((one, other) => other.from - one.from);
}

function time(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
