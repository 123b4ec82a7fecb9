import { shorten } from '../../support/format.ts';

/** What the row of requests without a route of their own (404) is called. */
export const UNMATCHED = '(unmatched)';
/** What the row of requests past the limit of routes is called. */
export const OTHER = '(other)';

const LONGEST_TEMPLATE = 160;
const LONG_URL = 2 * LONGEST_TEMPLATE;
const PLACE_HOLDER = ':id';

const ZERO = 48;
const NINE = 57;
const SLASH = 47;
const PERCENT = 37;
const AT = 64;
const QUERY = 63;
const HASH = 35;

/**
 * Templates that were made before, by a hash of theirs: a server asks for the same few again and again, and
 * putting strings together costs more than all the rest of counting a request. Of fixed size; a template that
 * falls on the place of another takes it over.
 */
const made: (string | undefined)[] = new Array<string | undefined>(1_024).fill(undefined);

/** Where the data segments of the path begin and end, in pairs; a path with more of them is cut there. */
const cuts = new Int32Array(64);

/**
 * The path of a URL with the segments that look like data replaced by `:id`, for servers that know no route
 * templates. A segment counts as data when it is a number, holds three digits in a row, an `@` or a `%`,
 * is 20 characters or longer with a digit in it (ObjectIds, UUIDs, tokens), or 32 characters or longer.
 * `v1`, `oauth2` and `users` stay. Query and fragment are dropped.
 */
export function routeTemplate(url: string): string {
  const length = url.length;
  let hash = 0;
  let hashAtStart = 0;
  let start = 0;
  let digits = 0;
  let run = 0;
  let odd = false;
  let pairs = 0;
  let index = 0;
  for (; index <= length; index++) {
    const code = index === length ? SLASH : url.charCodeAt(index);
    if (code === SLASH || code === QUERY || code === HASH) {
      const size = index - start;
      if (size > 0 && (odd || digits === size || size >= 32 || (size >= 20 && digits > 0))) {
        if (pairs + 2 > cuts.length) break;
        cuts[pairs] = start;
        cuts[pairs + 1] = index;
        pairs += 2;
        hash = Math.imul(hashAtStart, 31) + 1;
      }
      if (code !== SLASH || index === length) break;
      start = index + 1;
      digits = 0;
      run = 0;
      odd = false;
      hash = (Math.imul(hash, 31) + code) | 0;
      hashAtStart = hash;
    } else {
      hash = (Math.imul(hash, 31) + code) | 0;
      if (code >= ZERO && code <= NINE) {
        digits++;
        run++;
        if (run === 3) odd = true;
      } else {
        run = 0;
        if (code === PERCENT || code === AT) odd = true;
      }
    }
  }
  const place = (hash ^ (hash >>> 16)) & (made.length - 1);
  const known = made[place];
  if (known !== undefined && fits(known, url, index, pairs)) return known;
  const template = assemble(url, index, pairs);
  made[place] = template;
  return template;
}

/** Whether this is the template of the path that was just taken apart. */
function fits(template: string, url: string, end: number, pairs: number): boolean {
  let at = 0;
  let from = 0;
  for (let pair = 0; pair <= pairs; pair += 2) {
    const to = pair === pairs ? end : (cuts[pair] ?? end);
    for (; from < to; from++, at++) {
      if (template.charCodeAt(at) !== url.charCodeAt(from)) return false;
    }
    if (pair < pairs) {
      if (!template.startsWith(PLACE_HOLDER, at)) return false;
      at += PLACE_HOLDER.length;
      from = cuts[pair + 1] ?? end;
    }
  }
  return at === template.length;
}

function assemble(url: string, end: number, pairs: number): string {
  let path = url.slice(0, pairs === 0 ? end : cuts[0]);
  for (let pair = 0; pair < pairs; pair += 2) {
    path += PLACE_HOLDER + url.slice(cuts[pair + 1], pair + 2 === pairs ? end : cuts[pair + 2]);
  }
  const template = shorten(path, LONGEST_TEMPLATE) || '/';
  return url.length > LONG_URL ? copyOf(template) : template;
}

/** A part of a string keeps the whole of it in memory: here a long URL with all its query. A copy does not. */
function copyOf(text: string): string {
  const codes: number[] = [];
  for (let index = 0; index < text.length; index++) codes.push(text.charCodeAt(index));
  return String.fromCharCode(...codes);
}
