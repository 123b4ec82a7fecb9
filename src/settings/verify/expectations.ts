import { messageOf } from '../../support/errors.ts';
import { isPointer } from '../../verify/http/content.ts';
import {
  type Expectation,
  type JsonPath,
  pointerPath,
  type ValueMatcher,
} from '../../verify/http/expectation.ts';
import type { Pattern } from '../../verify/http/pattern.ts';
import type { Problems } from '../context/problems.ts';
import type { ExpectationsSection, MatcherSection } from '../guard-file/sections/verify.ts';
import { shorten } from '../values/common.ts';

/** What an answer must hold, with every pattern and path compiled, so that mistakes are told before anything runs. */
export async function expectationsOf(
  section: ExpectationsSection,
  where: (...path: PropertyKey[]) => string,
  problems: Problems,
): Promise<Expectation[]> {
  const found: Expectation[] = [];
  const at = (...path: PropertyKey[]) => where('expect', ...path);
  for (const text of listOf(section.text)) found.push({ on: 'body', matcher: { kind: 'contains', text } });
  for (const text of listOf(section['not-text']))
    found.push({ on: 'body', matcher: { kind: 'contains-not', text } });
  for (const [key, kind] of [
    ['matches', 'matches'],
    ['not-matches', 'matches-not'],
  ] as const) {
    const source = section[key];
    const pattern = source === undefined ? undefined : await patternOf(source, at(key), problems);
    if (pattern) found.push({ on: 'body', matcher: { kind, pattern } });
  }
  for (const [name, section_] of Object.entries(section.headers ?? {})) {
    for (const matcher of await matchersOf(section_, at('headers', name), problems)) {
      found.push({ on: 'header', name: name.toLowerCase(), matcher });
    }
  }
  for (const [text, section_] of Object.entries(section.json ?? {})) {
    const path = await pathOf(text, at('json', text), problems);
    for (const matcher of await matchersOf(section_, at('json', text), problems)) {
      if (path) found.push({ on: 'json', path, matcher });
    }
  }
  return found;
}

async function matchersOf(
  section: MatcherSection,
  where: string,
  problems: Problems,
): Promise<ValueMatcher[]> {
  if (typeof section !== 'object' || section === null) return [{ kind: 'is', value: section }];
  const matchers: ValueMatcher[] = [];
  if (section.is !== undefined) matchers.push({ kind: 'is', value: section.is });
  if (section['is-not'] !== undefined) matchers.push({ kind: 'is-not', value: section['is-not'] });
  if (section.contains !== undefined) matchers.push({ kind: 'contains', text: section.contains });
  if (section['contains-not'] !== undefined)
    matchers.push({ kind: 'contains-not', text: section['contains-not'] });
  if (section.min !== undefined) matchers.push({ kind: 'min', value: section.min });
  if (section.max !== undefined) matchers.push({ kind: 'max', value: section.max });
  if (section.exists !== undefined) matchers.push({ kind: 'exists', value: section.exists });
  for (const kind of ['matches', 'matches-not'] as const) {
    const source = section[kind];
    const pattern = source === undefined ? undefined : await patternOf(source, where, problems);
    if (pattern) matchers.push({ kind, pattern });
  }
  return matchers;
}

async function pathOf(text: string, where: string, problems: Problems): Promise<JsonPath | undefined> {
  if (text === '' || text.startsWith('/')) {
    if (isPointer(text)) return pointerPath(text);
    problems.add(where, `'${shorten(text)}' is no JSON Pointer`);
    return undefined;
  }
  try {
    const { compileJsonPath } = await import('../../verify/http/json-path.ts');
    return await compileJsonPath(text);
  } catch (error) {
    problems.add(
      where,
      `'${shorten(text)}' is neither a JSON Pointer nor a JSONPath: ${messageOf(error)}`,
      'Write one such as `/status` or `$.checks[*].ok`.',
    );
    return undefined;
  }
}

/** Compiles a pattern; undefined with the problem told where it is none. */
export async function patternOf(
  source: string,
  where: string,
  problems: Problems,
): Promise<Pattern | undefined> {
  const { compilePattern } = await import('../../verify/http/pattern.ts');
  try {
    return await compilePattern(source);
  } catch (error) {
    problems.add(
      where,
      `'${shorten(source)}' is no pattern: ${messageOf(error)}`,
      'Patterns are in RE2 syntax, without back-references and look-arounds.',
    );
    return undefined;
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
