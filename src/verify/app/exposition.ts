import type { Labels } from '../metrics/samples.ts';

/** One sample line of a scrape. */
export interface ScrapeLine {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Reads Prometheus' text format 0.0.4 and the lines that OpenMetrics 1.0 shares with it: names (quoted ones too),
 * labels with blanks wherever they are legal, escapes, numbers. Comments, timestamps and exemplars are passed over.
 * Not a library: the one in npm refuses blanks inside the braces, drops quoted names silently, and merges the
 * histograms of all labels into one.
 * @returns the lines by name
 * @throws Error if a line is not a sample, or there is none
 */
export function parseExposition(text: string): Map<string, ScrapeLine[]> {
  const lines = new Map<string, ScrapeLine[]>();
  for (const [index, line] of text.split('\n').entries()) {
    const sample = parseLine(line, index + 1);
    if (!sample) continue;
    const { name, labels, value } = sample;
    const known = lines.get(name);
    if (known) known.push({ labels, value });
    else lines.set(name, [{ labels, value }]);
  }
  if (lines.size === 0) throw new Error('the answer holds no metrics');
  return lines;
}

function parseLine(line: string, number: number): (ScrapeLine & { name: string }) | undefined {
  let at = 0;
  const fail = (): never => {
    throw new Error(`line ${number} is not a metric`);
  };
  const blanks = () => {
    while (line[at] === ' ' || line[at] === '\t' || line[at] === '\r') at++;
  };
  /** Up to a character that ends a bare word. */
  const word = (): string => {
    const start = at;
    while (at < line.length && !' \t\r{}=,"#'.includes(line[at] ?? '')) at++;
    return line.slice(start, at);
  };
  const quoted = (): string => {
    let value = '';
    for (at++; line[at] !== '"'; at++) {
      if (at >= line.length) fail();
      if (line[at] !== '\\') value += line[at];
      else {
        at++;
        value += line[at] === 'n' ? '\n' : (line[at] ?? '');
      }
    }
    at++;
    return value;
  };

  blanks();
  if (at >= line.length || line[at] === '#') return undefined;
  let name = word();
  const labels: Record<string, string> = {};
  blanks();
  if (line[at] === '{') {
    at++;
    for (blanks(); line[at] !== '}'; blanks()) {
      const key = line[at] === '"' ? quoted() : word();
      blanks();
      if (line[at] === '=') {
        at++;
        blanks();
        if (line[at] !== '"') fail();
        labels[key] = quoted();
        blanks();
      } else if (name === '') name = key;
      else fail();
      if (line[at] === ',') at++;
      else if (line[at] !== '}') fail();
    }
    at++;
    blanks();
  }
  const value = word();
  if (name === '' || value === '' || !/^[\w:.-]+$/.test(name) || !/^[-+\w.]+$/.test(value)) fail();
  return { name, labels, value: numberOf(value) ?? fail() };
}

/** A number as Prometheus writes it; undefined for text that is none. */
export function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const special = /^([+-]?)inf(inity)?$/i.exec(text);
  if (special) return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) || text.trim() === '' ? undefined : value;
}
