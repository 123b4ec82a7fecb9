import { readFile, stat } from 'node:fs/promises';
import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type * as z from 'zod';
import { messageOf } from '../../support/errors.ts';
import { nearest } from '../../support/nearest.ts';
import { unreadable } from '../../support/paths.ts';
import type { Locate } from '../context/location.ts';
import type { Problems } from '../context/problems.ts';
import { oneLine, type Refusal, refusalOf } from '../values/refusal.ts';
import { knownKeys, schemaAt } from './schema-walk.ts';
import { literalSecrets } from './secrets.ts';

/** A guard file is a page or two; something larger is the wrong file. */
export const LARGEST_GUARD_FILE = 256 * 1024;

/** Keys that would reach into JavaScript's own objects. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Nothing in a guard file is deeper than a filter within a custom STEP. */
const DEEPEST = 60;
const TOO_DEEP = `is nested more than ${DEEPEST} levels deep, or holds an anchor that refers to itself`;

const MOST_ALIASES = 100;
const MOST_DIRECTIVES = 10;

/** More problems than a user reads at once; each costs a search for its place. */
const MOST_PROBLEMS = 100;

/** Reads the file's text; `undefined` with its problems reported if it cannot be used. */
export async function readGuardFile(path: string, problems: Problems): Promise<string | undefined> {
  const refuse = (code: string, message: string, hint: string): undefined => {
    problems.add({ code, where: 'config', message, hint });
  };
  try {
    const refused = unreadable(path);
    if (refused !== undefined)
      return refuse(
        'unreadable-file',
        `cannot read ${oneLine(path, 200)}: ${refused}`,
        'Write the path of a YAML file.',
      );
    const { size } = await stat(path);
    if (size > LARGEST_GUARD_FILE)
      return refuse(
        'file-too-large',
        `${path} has ${size} bytes; a guard file has at most ${LARGEST_GUARD_FILE}`,
        'Is it the right file?',
      );
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    if (text.trim() === '')
      return refuse(
        'empty-file',
        `${path} is empty`,
        'Write at least one key, such as `environment: production`, or delete the file.',
      );
    return text;
  } catch (error) {
    return refuse(
      'unreadable-file',
      `cannot read ${oneLine(path, 200)}: ${readError(error)}`,
      'Check the path; it is relative to the working directory.',
    );
  }
}

/**
 * Parses and validates the text of a guard file. Every problem names line and column; unknown keys name the
 * nearest known one.
 * @param mask called with the secrets that stand in the file, before any problem is worded.
 * @returns the validated values and a locator for later problems; undefined if there was a problem.
 */
export function parseGuardFile<Schema extends z.ZodType>(
  path: string,
  text: string,
  schema: Schema,
  problems: Problems,
  mask: (secrets: readonly string[]) => void = () => {},
): { values: z.output<Schema>; locate: Locate } | undefined {
  const start = (code: string, message: string, hint?: string): undefined => {
    problems.add({ code, where: `${path}:1:1`, message, ...(hint === undefined ? {} : { hint }) });
  };
  const counter = new LineCounter();
  // No guard file needs these, and thousands of them take the library long.
  if ((text.match(/^%/gm) ?? []).length > MOST_DIRECTIVES)
    return start('invalid-yaml', `not valid YAML: has more than ${MOST_DIRECTIVES} directives`);
  let document: Document;
  try {
    // The library compares each key with each other one, which takes minutes for a file of many: see below.
    const options = { lineCounter: counter, prettyErrors: false, version: '1.2', uniqueKeys: false } as const;
    // Its warnings would go to the log past everything that redacts and renders messages.
    document = parseDocument(text, { ...options, logLevel: 'error' });
  } catch (error) {
    return error instanceof RangeError
      ? start('too-deep', TOO_DEEP)
      : start('invalid-yaml', messageOf(error));
  }
  const locate: Locate = (at) => place(path, document, counter, at);

  const broken = document.errors.length > 0 ? document.errors : repeatedKeys(document);
  if (broken.length > 0) {
    for (const error of broken.slice(0, 20)) {
      const { line, col } = counter.linePos(error.pos[0]);
      problems.add({ where: `${path}:${line}:${col}`, ...yamlProblem(error) });
    }
    return undefined;
  }
  let aliases = 0;
  visit(document, {
    Alias: () => {
      aliases++;
    },
  });
  // Each alias is looked for through the whole file, and so are those behind it.
  if (aliases > MOST_ALIASES)
    return start('too-many-aliases', `refers to anchors ${aliases} times; ${MOST_ALIASES} is the most`);
  let data: unknown;
  try {
    // A small file can unfold into millions of nodes through aliases; the library's own limit stops that.
    data = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    return error instanceof RangeError
      ? start('too-deep', TOO_DEEP)
      : start('too-many-aliases', messageOf(error));
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data))
    return start(
      'not-a-mapping',
      'is not a mapping of keys',
      `Write keys such as ${knownKeys(schema).slice(0, 4).join(', ')}.`,
    );
  mask(literalSecrets(data));
  const validation = new Validation(path, schema, locate, problems);
  if (!validation.checkScalars(data, [])) return undefined;

  const parsed = schema.safeParse(data);
  if (parsed.success) return { values: parsed.data, locate };
  validation.report(parsed.error.issues);
  return undefined;
}

/** The checks of a file's data, each problem at its line and column. */
class Validation {
  readonly #path: string;
  readonly #schema: z.ZodType;
  readonly #locate: Locate;
  readonly #problems: Problems;

  constructor(path: string, schema: z.ZodType, locate: Locate, problems: Problems) {
    this.#path = path;
    this.#schema = schema;
    this.#locate = locate;
    this.#problems = problems;
  }

  /** Refuses expressions and keys that no guard file may have. */
  checkScalars(value: unknown, path: readonly PropertyKey[]): boolean {
    if (typeof value === 'string') {
      if (!value.includes('${{')) return true;
      this.#add(path, {
        code: 'expression',
        message: '`${{ … }}` is not expanded in the guard file',
        hint: 'Pass the value as an input, or as an environment variable that the file names as `${NAME}` in a key that may hold a secret.',
      });
      return false;
    }
    if (value === null || typeof value !== 'object') return true;
    if (path.length > DEEPEST) {
      this.#add(path.slice(0, 1), { code: 'too-deep', message: TOO_DEEP });
      return false;
    }
    let fine = true;
    for (const [key, inner] of Object.entries(value)) {
      if (this.#problems.list.length >= MOST_PROBLEMS) return false;
      if (FORBIDDEN_KEYS.has(key)) {
        this.#add([...path, key], { code: 'forbidden-key', message: `the key \`${key}\` is not allowed` });
        fine = false;
      } else if (!this.checkScalars(inner, [...path, Array.isArray(value) ? Number(key) : key])) fine = false;
    }
    return fine;
  }

  /** The schema's issues as problems, the first hundred of them. */
  report(found: readonly z.core.$ZodIssue[]): void {
    const issues = flatten(found);
    for (const issue of issues.slice(0, MOST_PROBLEMS)) this.#addIssue(issue);
    const more = issues.length - MOST_PROBLEMS;
    if (more > 0)
      this.#problems.add({ code: 'more-problems', where: this.#path, message: `has ${more} more problems` });
  }

  #addIssue(issue: z.core.$ZodIssue): void {
    const name = issue.path.map(String).join('.');
    if (issue.code !== 'unrecognized_keys') {
      this.#add(issue.path, { ...(name === '' ? {} : { key: name }), ...refusalOf(issue) });
      return;
    }
    const keys = knownKeys(schemaAt(this.#schema, issue.path));
    const more = issue.keys.length - MOST_PROBLEMS;
    if (more > 0) this.#add(issue.path, { code: 'more-problems', message: `has ${more} more unknown keys` });
    for (const key of issue.keys.slice(0, MOST_PROBLEMS)) {
      const near = nearest(key, keys);
      const known = keys.length > 0 ? { hint: `Known keys: ${keys.join(', ')}.` } : {};
      this.#add([...issue.path, key], {
        code: 'unknown-key',
        message: `unknown key \`${oneLine(key)}\`${name ? ` in \`${name}\`` : ''}`,
        ...(near === undefined ? known : { hint: `Did you mean \`${near}\`?` }),
      });
    }
  }

  #add(path: readonly PropertyKey[], refusal: Refusal): void {
    this.#problems.add({ where: this.#locate(path), ...refusal });
  }
}

/** A union reports one issue that holds those of each branch; the branch that came furthest says most. */
function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
    if (deepest === undefined || depth(deepest) === 0) return [issue];
    return flatten(deepest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    0,
    ...issues.map(
      (issue) => issue.path.length + (issue.code === 'invalid_type' && issue.path.length === 0 ? 0 : 0.5),
    ),
  );
}

/** The place of the deepest node that exists on a path; of the key itself where the path ends in one. */
function place(file: string, document: Document, counter: LineCounter, path: readonly PropertyKey[]): string {
  for (let length = path.length; length >= 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = counter.linePos(offset);
      return `${file}:${line}:${col}`;
    }
  }
  return `${file}:1:1`;
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const last = path.at(-1);
  if (last === undefined) return (document.contents as Node | null)?.range?.[0];
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const items = (parent as { items?: unknown[] } | undefined)?.items;
  if (!Array.isArray(items)) return undefined;
  for (const [index, item] of items.entries()) {
    const pair = item as {
      key?: { value?: unknown; range?: [number, number, number] };
      range?: [number, number, number];
    };
    if (pair.key !== undefined) {
      if (String(pair.key.value) === String(last)) return pair.key.range?.[0];
    } else if (index === last) return pair.range?.[0];
  }
  return undefined;
}

/** Keys that a mapping holds twice: which of the values counts would be a guess. */
function repeatedKeys(document: Document): { message: string; pos: [number] }[] {
  const found: { message: string; pos: [number] }[] = [];
  visit(document, {
    Map(_at, map) {
      const known = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value))
          found.push({ message: 'Map keys must be unique', pos: [key.range?.[0] ?? 0] });
        known.add(key.value);
      }
    },
  });
  return found;
}

function yamlProblem(error: { message: string }): Refusal {
  if (/call stack|stack overflow/i.test(error.message)) return { code: 'too-deep', message: TOO_DEEP };
  const [first = 'unreadable'] = error.message.split('\n');
  return {
    code: 'invalid-yaml',
    message: `not valid YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`,
  };
}

function readError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  return messageOf(error);
}
