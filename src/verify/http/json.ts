/** Whether a body begins as a JSON object or list does; a byte order mark before it is passed over. */
export function looksLikeJson(body: Buffer): boolean {
  for (const byte of body) {
    if (byte === 0x7b || byte === 0x5b) return true;
    const skipped = byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf;
    if (!skipped) return false;
  }
  return false;
}

/**
 * Parses JSON as services send it: a byte order mark is passed over, and `NaN` and `Infinity`, which Python's `json`
 * writes, are read as null.
 * @throws SyntaxError if it is not JSON even so
 */
export function parseJson(text: string): unknown {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(bare);
  } catch (error) {
    if (!/NaN|Infinity/.test(bare)) throw error;
    try {
      return JSON.parse(bare.replace(STRING_OR_NAN, (found) => (found.startsWith('"') ? found : 'null')));
    } catch {
      // The position of the first error is that of the text as it was sent.
      throw error;
    }
  }
}

/** Strings are matched so that a `NaN` inside one is left alone. */
const STRING_OR_NAN = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/g;

/**
 * The members at the top of a JSON object whose values are scalars, also of one that is cut off in the middle: what
 * comes before the cut is read. Empty for anything but an object.
 */
export function topMembers(text: string): Map<string, unknown> {
  const members = new Map<string, unknown>();
  let depth = 0;
  let key: string | undefined;
  for (const [token] of text.replace(/^\uFEFF/, '').matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      depth++;
      if (depth === 1 && token === '[') return new Map();
      key = undefined;
    } else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.startsWith('"')) {
      // A string that a colon follows is a key: the pattern takes the colon along.
      if (token.endsWith(':')) key = unquoted(token.slice(0, token.lastIndexOf('"') + 1));
      else if (key !== undefined) {
        members.set(key, unquoted(token));
        key = undefined;
      }
    } else if (depth === 1 && key !== undefined) {
      if (token !== ',') members.set(key, scalar(token));
      key = undefined;
    }
  }
  return members;
}

const TOKEN = /[{}[\],]|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)(?:\s*:)?|[^\s{}[\],":]+/g;

function unquoted(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}

function scalar(token: string): unknown {
  try {
    return JSON.parse(token);
  } catch {
    return null;
  }
}
