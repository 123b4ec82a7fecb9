/** What the row of requests without a route of their own (404) is called. */
export const UNMATCHED = '(unmatched)';
/** What the row of requests past the limit of routes is called. */
export const OTHER = '(other)';

const LONGEST_TEMPLATE = 160;
const ZERO = 48;
const NINE = 57;
const SLASH = 47;
const PERCENT = 37;
const AT = 64;
const QUERY = 63;
const HASH = 35;

/**
 * The path of a URL with the segments that look like data replaced by `:id`, for servers that know no route
 * templates. A segment counts as data when it is a number, holds three digits in a row, an `@` or a `%`,
 * is 20 characters or longer with a digit in it (ObjectIds, UUIDs, tokens), or 32 characters or longer.
 * `v1`, `oauth2` and `users` stay. Query and fragment are dropped.
 */
export function routeTemplate(url: string): string {
  const length = url.length;
  let template = '';
  let copied = 0;
  let start = 0;
  let digits = 0;
  let run = 0;
  let odd = false;
  let end = length;
  for (let index = 0; index <= length; index++) {
    const code = index === length ? SLASH : url.charCodeAt(index);
    if (code === SLASH || code === QUERY || code === HASH) {
      const size = index - start;
      const data = size > 0 && (odd || digits === size || size >= 32 || (size >= 20 && digits > 0));
      if (data) {
        template += `${url.slice(copied, start)}:id`;
        copied = index;
      }
      if (code !== SLASH) {
        end = index;
        break;
      }
      start = index + 1;
      digits = 0;
      run = 0;
      odd = false;
    } else if (code >= ZERO && code <= NINE) {
      digits++;
      run++;
      if (run === 3) odd = true;
    } else {
      run = 0;
      if (code === PERCENT || code === AT) odd = true;
    }
  }
  const path = copied === 0 ? (end === length ? url : url.slice(0, end)) : template + url.slice(copied, end);
  return path.length > LONGEST_TEMPLATE ? `${path.slice(0, LONGEST_TEMPLATE - 1)}…` : path || '/';
}
