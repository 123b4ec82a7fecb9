import { PLACE_HOLDER, SHORTEST_SECRET, secretForms } from './secret-forms.ts';

/** How far back from a cut the beginning of a secret is looked for. */
const LONGEST_CUT = 500;

/** A regular expression with a longer word in it may be refused as too large, in a message that holds all of it. */
const LONGEST_IN_PATTERN = 1_000;

/** Takes secrets out of text: raw, URL-encoded, Base64 and JSON-escaped. */
export class Redactor {
  readonly #needles = new Set<string>();
  #pattern: { readonly long: readonly string[]; readonly others: RegExp | undefined } | undefined;
  #beginnings: Map<string, string[]> | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Adds a secret and its usual encodings. Strings that are too short or common are passed over. */
  add(secret: string): void {
    for (const form of secretForms(secret)) this.#needles.add(form);
    this.#pattern = undefined;
    this.#beginnings = undefined;
  }

  /** Every string that is taken out, for `core.setSecret`. */
  get needles(): readonly string[] {
    return [...this.#needles];
  }

  /** The text without secrets, and without the user info of any URI in it, known or not. */
  redact(text: string): string {
    if (this.#needles.size === 0) return redactUserInfo(text);
    return redactUserInfo(this.#withoutCuts(this.#withoutWhole(text)));
  }

  /** JSON-like data with each string redacted, keys too; the data itself where nothing in it is secret. */
  redactData<T>(data: T): T {
    return this.#walk(data) as T;
  }

  #withoutWhole(text: string): string {
    const { long, others } = this.#compiled();
    let result = text;
    for (const needle of long)
      if (needle.length <= result.length) result = result.replaceAll(needle, PLACE_HOLDER);
    return others === undefined ? result : result.replace(others, PLACE_HOLDER);
  }

  /** A text that was cut short with `…` may end in the beginning of a secret, which no needle matches any more. */
  #withoutCuts(text: string): string {
    let result = text;
    for (let cut = result.indexOf('…'); cut >= 0; cut = result.indexOf('…', cut + 1)) {
      const start = this.#startOfCutSecret(result, cut);
      if (start === undefined) continue;
      result = `${result.slice(0, start)}${PLACE_HOLDER}${result.slice(cut)}`;
      cut = start + PLACE_HOLDER.length;
    }
    return result;
  }

  #startOfCutSecret(text: string, cut: number): number | undefined {
    for (let start = Math.max(0, cut - LONGEST_CUT); start <= cut - SHORTEST_SECRET; start++) {
      const part = text.slice(start, cut);
      for (const needle of this.#byBeginning().get(part.slice(0, SHORTEST_SECRET)) ?? []) {
        if (part.length >= shortestCut(needle) && needle.startsWith(part)) return start;
      }
    }
    return undefined;
  }

  #byBeginning(): Map<string, string[]> {
    if (this.#beginnings === undefined) {
      this.#beginnings = new Map();
      for (const needle of this.#needles) {
        const beginning = needle.slice(0, SHORTEST_SECRET);
        this.#beginnings.set(beginning, [...(this.#beginnings.get(beginning) ?? []), needle]);
      }
    }
    return this.#beginnings;
  }

  /** The value itself where nothing in it is secret: a report of thousands of checks is not copied for nothing. */
  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) {
      let copy: unknown[] | undefined;
      for (const [index, item] of value.entries()) {
        const clean = this.#walk(item);
        if (clean === item) continue;
        copy ??= [...value];
        copy[index] = clean;
      }
      return copy ?? value;
    }
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      const entries = Object.entries(value);
      let changed = false;
      for (const entry of entries) {
        const [key, inner] = entry;
        entry[0] = this.redact(key);
        entry[1] = this.#walk(inner);
        changed ||= entry[0] !== key || entry[1] !== inner;
      }
      return changed ? Object.fromEntries(entries) : value;
    }
    return value;
  }

  #compiled() {
    if (this.#pattern === undefined) {
      // Longest first, so that a secret which contains another is taken out whole.
      const needles = [...this.#needles].sort((a, b) => b.length - a.length);
      const words = needles
        .filter((needle) => needle.length <= LONGEST_IN_PATTERN)
        .map((needle) => needle.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
      this.#pattern = {
        long: needles.filter((needle) => needle.length > LONGEST_IN_PATTERN),
        others: words.length === 0 ? undefined : new RegExp(words.join('|'), 'g'),
      };
    }
    return this.#pattern;
  }
}

/** `scheme://user:password@host` → `scheme://***@host`, wherever it stands in the text. */
export function redactUserInfo(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>]{1,2000}@/gi, `$1${PLACE_HOLDER}@`);
}

/** The beginning of a URI, `mongodb://`, is not a secret yet. */
function shortestCut(needle: string): number {
  const scheme = needle.indexOf('://');
  return scheme < 0 ? SHORTEST_SECRET : scheme + 3 + SHORTEST_SECRET;
}
