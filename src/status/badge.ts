import { escapeHtml } from '../report/html/text.ts';
import type { Verdict } from '../report/vocabulary.ts';
import type { Entry } from './history.ts';
import { environmentsOf, overallOf } from './page.ts';

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'healthy',
  warn: 'warnings',
  fail: 'not healthy',
  inconclusive: 'unknown',
  error: 'unknown',
};
/** White text on each has a contrast of 4.5 or more. */
const COLOURS: Readonly<Record<Verdict, string>> = {
  pass: '#1a7f37',
  warn: '#7a5200',
  fail: '#b31d28',
  inconclusive: '#57606a',
  error: '#57606a',
};
/** Width of a character in the badge's 11 px type, on average, in pixels. */
const CHARACTER = 6.6;

/** The state of everything as a badge for a README: one SVG without fonts or links. Pure. */
export function renderBadge(entries: readonly Entry[], title: string, now: number): string {
  const { verdict } = overallOf(environmentsOf(entries, now));
  const words = WORDS[verdict];
  const left = Math.round(title.length * CHARACTER) + 14;
  const right = Math.round(words.length * CHARACTER) + 14;
  const name = escapeHtml(title);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${name}: ${words}"><title>${name}: ${words}</title><rect width="${left + right}" height="20" rx="4" fill="#24292f"/><path d="M${left} 0h${right - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-${right - 4}z" fill="${COLOURS[verdict]}"/><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="${left / 2}" y="14">${name}</text><text x="${left + right / 2}" y="14">${words}</text></g></svg>\n`;
}
