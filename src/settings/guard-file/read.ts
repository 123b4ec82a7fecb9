import { readFile, stat } from 'node:fs/promises';
import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type * as z from 'zod';
import { messageOf } from '../../support/errors.ts';
import { nearest } from '../../support/nearest.ts';
import { unreadable } from '../../support/paths.ts';
import type { Problems } from '../context/problems.ts';
import { shorten } from '../values/common.ts';
import { knownKeys, schemaAt } from './schema-walk.ts';

/** A guard file is a page or two; something larger is the wrong file. */
export const LARGEST_GUARD_FILE = 256 * 1024;

/** Keys that would reach into JavaScript's own objects. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Nothing in a guard file is deeper than a filter within a STEP of one's own. */
const DEEPEST = 60;
const TOO_DEEP = `is nested more than ${DEEPEST} levels deep, or holds an anchor that refers to itself`;

const MOST_ALIASES = 100;
const MOST_DIRECTIVES = 10;

/** More problems at once than anybody reads; each costs a search for its place. */
const MOST_PROBLEMS = 100;

/** Where a value stands in the guard file: `.github/deploy-guard.yml:4:3`. */
export type Locate = (path: readonly PropertyKey[]) => string;

/** Reads the file's text; `undefined` with the problems told where it cannot be used. */
export async function readGuardFile(path: string, problems: Problems): Promise<string | undefined> {
  try {
    const refused = unreadable(path);
    if (refused !== undefined) {
      problems.add('config', `cannot read ${path}: ${refused}`, 'Write the path of a YAML file.');
      return undefined;
    }
    const { size } = await stat(path);
    if (size > LARGEST_GUARD_FILE) {
      problems.add(
        'config',
        `${path} has ${size} bytes; a guard file has at most ${LARGEST_GUARD_FILE}`,
        'Is it the right file?',
      );
      return undefined;
    }
    const bytes = await readFile(path);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.trim() === '') {
      problems.add(
        'config',
        `${path} is empty`,
        'Write at least one key, such as `environment: production`, or delete the file.',
      );
      return undefined;
    }
    return text;
  } catch (error) {
    problems.add(
      'config',
      `cannot read ${path}: ${readError(error)}`,
      'Check the path; it is relative to the working directory.',
    );
    return undefined;
  }
}

/**
 * Parses and validates the text of a guard file. Every problem names line and column; unknown keys name the
 * nearest known one.
 * @returns the validated values and a locator for later problems; undefined where there was a problem.
 */
export function parseGuardFile<Schema extends z.ZodType>(
  path: string,
  text: string,
  schema: Schema,
  problems: Problems,
): { values: z.output<Schema>; locate: Locate } | undefined {
  const counter = new LineCounter();
  // Nobody needs these, and thousands of them take the library long.
  if ((text.match(/^%/gm) ?? []).length > MOST_DIRECTIVES) {
    problems.add(`${path}:1:1`, `not valid YAML: has more than ${MOST_DIRECTIVES} directives`);
    return undefined;
  }
  let document: Document;
  try {
    // The library compares each key with each other one, which takes minutes for a file of many: see below.
    const options = { lineCounter: counter, prettyErrors: false, version: '1.2', uniqueKeys: false } as const;
    // Its warnings would go to the log past everything that redacts and words what is told.
    document = parseDocument(text, { ...options, logLevel: 'error' });
  } catch (error) {
    problems.add(`${path}:1:1`, error instanceof RangeError ? TOO_DEEP : messageOf(error));
    return undefined;
  }
  const locate: Locate = (at) => place(path, document, counter, at);

  const broken = document.errors.length > 0 ? document.errors : repeatedKeys(document);
  if (broken.length > 0) {
    for (const error of broken.slice(0, 20)) {
      const { line, col } = counter.linePos(error.pos[0]);
      problems.add(`${path}:${line}:${col}`, yamlMessage(error));
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
  if (aliases > MOST_ALIASES) {
    problems.add(`${path}:1:1`, `refers to anchors ${aliases} times; ${MOST_ALIASES} is the most`);
    return undefined;
  }
  let data: unknown;
  try {
    // A small file can unfold into millions of nodes through aliases; the library's own limit stops that.
    data = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    problems.add(`${path}:1:1`, error instanceof RangeError ? TOO_DEEP : messageOf(error));
    return undefined;
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    problems.add(
      `${path}:1:1`,
      'is not a mapping of keys',
      `Write keys such as ${knownKeys(schema).slice(0, 4).join(', ')}.`,
    );
    return undefined;
  }
  if (!checkScalars(data, [], locate, problems)) return undefined;

  const parsed = schema.safeParse(data);
  if (parsed.success) return { values: parsed.data, locate };
  const issues = flatten(parsed.error.issues);
  for (const issue of issues.slice(0, MOST_PROBLEMS)) addIssue(issue, schema, locate, problems);
  if (issues.length > MOST_PROBLEMS) problems.add(path, `has ${issues.length - MOST_PROBLEMS} more problems`);
  return undefined;
}

/** Refuses expressions and keys that no guard file may have. */
function checkScalars(
  value: unknown,
  path: readonly PropertyKey[],
  locate: Locate,
  problems: Problems,
): boolean {
  if (typeof value === 'string') {
    if (!value.includes('${{')) return true;
    problems.add(
      locate(path),
      '`${{ … }}` is not expanded in the guard file',
      'Pass the value as an input, or as an environment variable that the file names as `${NAME}` where a secret may stand.',
    );
    return false;
  }
  if (value === null || typeof value !== 'object') return true;
  if (path.length > DEEPEST) {
    problems.add(locate(path.slice(0, 1)), TOO_DEEP);
    return false;
  }
  let fine = true;
  for (const [key, inner] of Object.entries(value)) {
    if (problems.list.length >= MOST_PROBLEMS) return false;
    if (FORBIDDEN_KEYS.has(key)) {
      problems.add(locate([...path, key]), `the key \`${key}\` is not allowed`);
      fine = false;
    } else if (!checkScalars(inner, [...path, Array.isArray(value) ? Number(key) : key], locate, problems))
      fine = false;
  }
  return fine;
}

function addIssue(issue: z.core.$ZodIssue, schema: z.ZodType, locate: Locate, problems: Problems): void {
  const name = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = knownKeys(schemaAt(schema, issue.path));
    if (issue.keys.length > MOST_PROBLEMS) {
      problems.add(locate(issue.path), `has ${issue.keys.length - MOST_PROBLEMS} more unknown keys`);
    }
    for (const key of issue.keys.slice(0, MOST_PROBLEMS)) {
      const near = nearest(key, keys);
      problems.add(
        locate([...issue.path, key]),
        `unknown key \`${shorten(key)}\`${name ? ` in \`${name}\`` : ''}`,
        near === undefined
          ? keys.length > 0
            ? `Known keys: ${keys.join(', ')}.`
            : undefined
          : `Did you mean \`${near}\`?`,
      );
    }
    return;
  }
  problems.add(locate(issue.path), `${name ? `\`${name}\` ` : ''}${wordsOf(issue)}`);
}

/** A key that is not there is missing, not "undefined", which is no word of a guard file. */
function wordsOf(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return missing ? `is missing` : lowerFirst(issue.message);
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

/** Keys that stand twice in one mapping: which of the values counts would be anybody's guess. */
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

function yamlMessage(error: { message: string }): string {
  if (/call stack|stack overflow/i.test(error.message)) return TOO_DEEP;
  return `not valid YAML: ${lowerFirst(error.message.split('\n')[0] ?? 'unreadable')}`;
}

function readError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  return messageOf(error);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
