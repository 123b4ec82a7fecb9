import { type Html, html, raw } from '../report/html/text.ts';
import { VERDICT_SHAPE } from '../report/subject.ts';
import { type Verdict, WORST_FIRST } from '../report/vocabulary.ts';
import { formatDuration } from '../support/duration.ts';
import { plural } from '../support/format.ts';
import { availability, checksSince, incidentsOf, STALE_AFTER_MS } from './availability.ts';
import type { Entry } from './history.ts';
import { STATUS_STYLE } from './style.ts';

const DAY_MS = 24 * 3_600_000;
/** How many checks the bar of an environment shows. */
const BAR = 60;
const MOST_INCIDENTS = 20;
/** A report file is not trusted: nothing but the page of a run is linked. */
const RUN_PAGE = /^https:\/\/[^/\s]+\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+(\/attempts\/\d+)?$/;

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'Healthy',
  warn: 'Healthy, with warnings',
  fail: 'Not healthy',
  inconclusive: 'Unknown: too little was measured',
  error: 'Unknown: it could not be measured',
};

/** An environment as its last check left it. */
interface Environment {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly last: Entry;
  /** The last check is too old to say anything about the present. */
  readonly stale: boolean;
  /** What the page shows: the last verdict, or `error` if that is stale. */
  readonly shown: Verdict;
}

/**
 * The environments of a history, failing ones first, then by name. Pure.
 * @param entries oldest first
 * @param now epoch milliseconds
 */
export function environmentsOf(entries: readonly Entry[], now: number): Environment[] {
  return [...Map.groupBy(entries, ({ environment }) => environment)]
    .flatMap(([name, own]): Environment[] => {
      const last = own.at(-1);
      if (!last) return [];
      const stale = now - Date.parse(last.at) > STALE_AFTER_MS;
      return [{ name, entries: own, last, stale, shown: stale ? 'error' : last.verdict }];
    })
    .sort(
      (one, other) =>
        WORST_FIRST.indexOf(one.shown) - WORST_FIRST.indexOf(other.shown) ||
        one.name.localeCompare(other.name, 'en'),
    );
}

/** The state of everything in one line, and its verdict: the worst of all environments. Pure. */
export function overallOf(environments: readonly Pick<Environment, 'shown'>[]): {
  verdict: Verdict;
  words: string;
} {
  const [worst] = environments;
  if (!worst) return { verdict: 'inconclusive', words: 'Nothing was measured yet' };
  const failing = environments.filter(({ shown }) => shown === 'fail').length;
  const unknown = environments.filter(({ shown }) => shown === 'error' || shown === 'inconclusive').length;
  const all = environments.length;
  if (failing > 0)
    return { verdict: 'fail', words: `${failing} of ${plural(all, 'environment')} not healthy` };
  if (unknown > 0)
    return {
      verdict: worst.shown,
      words: `The state of ${unknown} of ${plural(all, 'environment')} is unknown`,
    };
  if (worst.shown === 'warn') return { verdict: 'warn', words: 'All environments healthy, with warnings' };
  return { verdict: 'pass', words: 'All environments healthy' };
}

/**
 * The status page: one self-contained HTML file without scripts, for a disk or a web server. Pure. All text from
 * outside is escaped.
 * @param entries oldest first
 * @param now epoch milliseconds
 */
export function renderPage(entries: readonly Entry[], title: string, now: number): string {
  const environments = environmentsOf(entries, now);
  const overall = overallOf(environments);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}: ${overall.words}</title>
<style>${raw(STATUS_STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="banner ${overall.verdict}"><span aria-hidden="true">${VERDICT_SHAPE[overall.verdict]}</span> ${overall.words}</p>
<p class="faint">Updated ${time(now)}</p>
</header>
<main>
${environments.map((environment) => section(environment, now))}
${incidents(entries)}
</main>
</body>
</html>
`.text;
}

function section({ name, entries, last, stale, shown }: Environment, now: number): Html {
  const age = now - Date.parse(last.at);
  const state = stale
    ? `Unknown: last checked ${plural(Math.floor(age / DAY_MS), 'day')} ago`
    : WORDS[last.verdict];
  const link = last.url && RUN_PAGE.test(last.url) ? last.url : undefined;
  return html`<section aria-label="${name}">
<div class="head"><h2>${name}</h2><p class="state ${shown}"><span aria-hidden="true">${VERDICT_SHAPE[shown]}</span> ${state}</p></div>
${last.verdict === 'pass' ? '' : html`<p class="note">${last.note}</p>`}
${bar(entries.slice(-BAR))}
${responseTimes(entries.slice(-BAR))}
<p class="faint">${shares(entries, now)}</p>
<p class="faint">Last checked ${time(Date.parse(last.at))}${link === undefined ? '' : html` · <a href="${link}">run</a>`}</p>
</section>`;
}

/** `3 of 3 checks in 24 hours · 99.2 % of 640 checks in 90 days`: a share needs enough checks to mean something. */
function shares(entries: readonly Entry[], now: number): string {
  const parts = [1, 7, 90].flatMap((days) => {
    const since = now - days * DAY_MS;
    const count = checksSince(entries, since);
    const share = availability(entries, since);
    if (share === undefined) return [];
    return [{ count, share, within: days === 1 ? '24 hours' : `${days} days` }];
  });
  const [first] = parts;
  if (!first) return 'No check in 90 days';
  if (entries.length === 1) return '1 check so far';
  // A longer time that holds the same checks says nothing new.
  const shown = parts.filter((part, index) => index === 0 || part.count !== parts[index - 1]?.count);
  return `Healthy: ${shown.map(({ count, share, within }) => `${share} of ${plural(count, 'check')} in ${within}`).join(' · ')}`;
}

function bar(entries: readonly Entry[]): Html {
  const good = entries.filter(({ verdict }) => verdict === 'pass' || verdict === 'warn').length;
  const words = `Last ${plural(entries.length, 'check')}, oldest first: ${good} healthy`;
  return html`<div class="bar" role="img" aria-label="${words}">${entries.map(
    (entry) =>
      html`<span class="${entry.verdict}" title="${entry.at.slice(0, 16).replace('T', ' ')} UTC: ${entry.verdict}"></span>`,
  )}</div>`;
}

const WIDTH = 600;
const HEIGHT = 44;

/** The median response time of each check as a line; a check that measured none is a gap. */
function responseTimes(entries: readonly Entry[]): Html | string {
  const known = entries.flatMap(({ responseMs }) => (responseMs === undefined ? [] : [responseMs]));
  const latest = known.at(-1);
  if (known.length < 2 || latest === undefined) return '';
  const most = Math.max(...known) * 1.1 || 1;
  const x = (index: number) => ((index + 0.5) / entries.length) * WIDTH;
  const y = (ms: number) => HEIGHT - 2 - (ms / most) * (HEIGHT - 6);
  const lines: string[][] = [[]];
  entries.forEach(({ responseMs }, index) => {
    if (responseMs === undefined) lines.push([]);
    else lines.at(-1)?.push(`${x(index).toFixed(1)},${y(responseMs).toFixed(1)}`);
  });
  const words = `latest ${formatDuration(latest)}, from ${formatDuration(Math.min(...known))} to ${formatDuration(Math.max(...known))}`;
  return html`<figure><figcaption>Response time (median): ${words}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Response time over the last ${plural(entries.length, 'check')}: ${words}"><line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT - 1}" y2="${HEIGHT - 1}"/>${lines.map(
    (points) =>
      points.length === 1
        ? html`<circle cx="${points[0]?.split(',')[0] ?? ''}" cy="${points[0]?.split(',')[1] ?? ''}" r="2"/>`
        : points.length > 1
          ? html`<polyline points="${points.join(' ')}"/>`
          : '',
  )}</svg></figure>`;
}

function incidents(entries: readonly Entry[]): Html {
  const all = incidentsOf(entries).slice(0, MOST_INCIDENTS);
  if (all.length === 0) return html`<h2 class="incidents">Incidents</h2><p>None in the last 90 days.</p>`;
  const rows = all.map(
    ({ environment, from, to, note }) =>
      html`<li class="${to === undefined ? 'open' : 'over'}"><p><strong>${environment}</strong> ${
        to === undefined
          ? html`<span class="state fail">ongoing</span>`
          : html`lasted ${formatDuration(to - from)}`
      }</p><p class="note">${note}</p><p class="faint">${time(from)}${to === undefined ? '' : html` – ${time(to)}`}</p></li>`,
  );
  return html`<h2 class="incidents">Incidents</h2><ul class="list">${rows}</ul>`;
}

function time(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
