import { messageOf } from '../../support/errors.ts';
import { isPointer } from '../../verify/http/content.ts';
import {
  type Expectation,
  type JsonPath,
  pointerPath,
  type ValueMatcher,
} from '../../verify/http/expectation.ts';
import type { Pattern } from '../../verify/http/pattern.ts';
import type { Location } from '../context/location.ts';
import type { ExpectationsSection, MatcherSection } from '../guard-file/sections/verify.ts';
import { quoted } from '../values/refusal.ts';
import { pointerProblem } from '../values/verify.ts';

/** What an answer must hold, with every pattern and path compiled, so that mistakes are reported before anything runs. */
export async function expectationsOf(section: ExpectationsSection, place: Location): Promise<Expectation[]> {
  const found: Expectation[] = [];
  for (const text of listOf(section.text)) found.push({ on: 'body', matcher: { kind: 'contains', text } });
  for (const text of listOf(section['not-text']))
    found.push({ on: 'body', matcher: { kind: 'contains-not', text } });
  for (const [key, kind] of [
    ['matches', 'matches'],
    ['not-matches', 'matches-not'],
  ] as const) {
    const source = section[key];
    const pattern = source === undefined ? undefined : await patternOf(source, place.at(key));
    if (pattern) found.push({ on: 'body', matcher: { kind, pattern } });
  }
  for (const [name, section_] of Object.entries(section.headers ?? {})) {
    for (const matcher of await matchersOf(section_, place.at('headers', name))) {
      found.push({ on: 'header', name: name.toLowerCase(), matcher });
    }
  }
  for (const [text, section_] of Object.entries(section.json ?? {})) {
    const path = await pathOf(text, place.at('json', text));
    for (const matcher of await matchersOf(section_, place.at('json', text))) {
      if (path) found.push({ on: 'json', path, matcher });
    }
  }
  return found;
}

async function matchersOf(section: MatcherSection, place: Location): Promise<ValueMatcher[]> {
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
    const pattern = source === undefined ? undefined : await patternOf(source, place);
    if (pattern) matchers.push({ kind, pattern });
  }
  return matchers;
}

async function pathOf(text: string, place: Location): Promise<JsonPath | undefined> {
  if (text === '' || text.startsWith('/')) {
    return isPointer(text) ? pointerPath(text) : place.refuseAs(pointerProblem(text));
  }
  try {
    const { compileJsonPath } = await import('../../verify/http/json-path.ts');
    return await compileJsonPath(text);
  } catch (error) {
    return place.refuseAs({
      code: 'not-a-json-path',
      value: quoted(text),
      message: `is neither a JSON Pointer nor a JSONPath: ${messageOf(error)}`,
      hint: 'Write one such as `/status` or `$.checks[*].ok`.',
    });
  }
}

/** Compiles a pattern; undefined, with the problem recorded, if it is not one. */
export async function patternOf(source: string, place: Location): Promise<Pattern | undefined> {
  const { compilePattern } = await import('../../verify/http/pattern.ts');
  try {
    return await compilePattern(source);
  } catch (error) {
    return place.refuseAs({
      code: 'not-a-pattern',
      value: quoted(source),
      message: `is not a pattern: ${messageOf(error)}`,
      hint: 'Patterns are in RE2 syntax, without back-references and look-arounds.',
    });
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
