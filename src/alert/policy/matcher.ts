import { compareSeverity, type Severity } from '../../report/vocabulary.ts';
import type { Matcher } from '../model/rules.ts';

/** What a matcher looks at. */
export interface Matchable {
  readonly type: string;
  readonly source: string;
  readonly check: string;
  readonly environment: string;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
}

export function matches(matcher: Matcher, alert: Matchable): boolean {
  if (matcher.severity && !matcher.severity.includes(alert.severity)) return false;
  if (matcher.minSeverity && compareSeverity(alert.severity, matcher.minSeverity) < 0) return false;
  for (const part of ['type', 'source', 'check', 'environment'] as const) {
    const patterns = matcher[part];
    if (patterns && !fitsOne(patterns, alert[part])) return false;
  }
  return Object.entries(matcher.labels ?? {}).every(([name, patterns]) => {
    const value = Object.hasOwn(alert.labels, name) ? alert.labels[name] : undefined;
    return value !== undefined && fitsOne(patterns, value);
  });
}

function fitsOne(patterns: readonly string[], value: string): boolean {
  return patterns.some((pattern) => fits(pattern, value));
}

/** Walks pattern and text once, going back only to the last `*`: no pattern can make it slow. */
function fits(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      mark = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++mark;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
