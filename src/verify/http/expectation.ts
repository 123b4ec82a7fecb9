import { shorten } from '../../support/format.ts';
import type { HttpAnswer } from './client.ts';
import { atPointer, headerOf, jsonOf, type Parsed, textOf } from './content.ts';
import type { Pattern } from './pattern.ts';

export type JsonScalar = string | number | boolean | null;

/** What a value must be like. */
export type ValueMatcher =
  | { readonly kind: 'is' | 'is-not'; readonly value: JsonScalar }
  | { readonly kind: 'contains' | 'contains-not'; readonly text: string }
  | { readonly kind: 'matches' | 'matches-not'; readonly pattern: Pattern }
  | { readonly kind: 'min' | 'max'; readonly value: number }
  | { readonly kind: 'exists'; readonly value: boolean };

/** Picks values out of a JSON document. */
export interface JsonPath {
  readonly text: string;
  /** All values at the path; empty where there are none. */
  select(document: unknown): readonly unknown[];
}

/** Something that an answer must hold, beyond its status. */
export type Expectation =
  | { readonly on: 'body'; readonly matcher: ValueMatcher }
  | { readonly on: 'header'; readonly name: string; readonly matcher: ValueMatcher }
  | { readonly on: 'json'; readonly path: JsonPath; readonly matcher: ValueMatcher };

export function pointerPath(pointer: string): JsonPath {
  return {
    text: pointer,
    select(document) {
      const value = atPointer(document, pointer);
      return value === undefined ? [] : [value];
    },
  };
}

/** Why an answer does not hold what is expected; undefined where it holds all of it. */
export function unmet(answer: HttpAnswer, expectations: readonly Expectation[]): string | undefined {
  let text: Parsed<string> | undefined;
  let json: Parsed<unknown> | undefined;
  for (const expectation of expectations) {
    let reason: string | undefined;
    if (expectation.on === 'header') {
      const value = headerOf(answer.headers, expectation.name);
      reason = mismatch(
        `the header ${expectation.name}`,
        value === undefined ? [] : [value],
        asText(expectation.matcher),
      );
    } else if (expectation.on === 'body') {
      text ??= textOf(answer);
      reason = text.ok ? mismatch('the body', [text.value], expectation.matcher) : text.reason;
    } else {
      json ??= jsonOf(answer);
      reason = json.ok
        ? mismatch(
            expectation.path.text || 'the body',
            expectation.path.select(json.value),
            expectation.matcher,
          )
        : json.reason;
    }
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Every one of the values must match, and there must be one. */
function mismatch(where: string, values: readonly unknown[], matcher: ValueMatcher): string | undefined {
  if (matcher.kind === 'exists') {
    if (values.length > 0 === matcher.value) return undefined;
    return matcher.value ? `${where} is missing` : `${where} exists, and must not`;
  }
  if (values.length === 0) return `${where} is missing`;
  const wrong = values.find((value) => !matches(value, matcher));
  if (wrong === undefined && values.every((value) => matches(value, matcher))) return undefined;
  const found = where === 'the body' ? where : `${where} is ${show(wrong)}`;
  switch (matcher.kind) {
    case 'is':
      return `${found}${where === 'the body' ? ' is not' : ', expected'} ${show(matcher.value)}`;
    case 'is-not':
      return `${where} is ${show(matcher.value)}, and must not be`;
    case 'contains':
      return `${found}${where === 'the body' ? ' does not contain' : ', expected to contain'} ${show(matcher.text)}`;
    case 'contains-not':
      return `${where} contains ${show(matcher.text)}, and must not`;
    case 'matches':
      return `${found}${where === 'the body' ? ' does not match' : ', expected to match'} ${matcher.pattern.source}`;
    case 'matches-not':
      return `${where} matches ${matcher.pattern.source}, and must not`;
    case 'min':
      return `${found}, expected at least ${matcher.value}`;
    case 'max':
      return `${found}, expected at most ${matcher.value}`;
  }
}

function matches(value: unknown, matcher: Exclude<ValueMatcher, { kind: 'exists' }>): boolean {
  switch (matcher.kind) {
    case 'is':
      return value === matcher.value;
    case 'is-not':
      return value !== matcher.value;
    case 'contains':
      return holds(value, matcher.text);
    case 'contains-not':
      return !mentions(value, matcher.text);
    case 'matches':
      return matcher.pattern.test(textual(value));
    case 'matches-not':
      return !matcher.pattern.test(textual(value));
    case 'min':
      return number(value) >= matcher.value;
    case 'max':
      return number(value) <= matcher.value;
  }
}

/** Headers are always text: there `5` and `"5"` are the same. In JSON they are not. */
function asText(matcher: ValueMatcher): ValueMatcher {
  return matcher.kind === 'is' || matcher.kind === 'is-not'
    ? { kind: matcher.kind, value: String(matcher.value) }
    : matcher;
}

/** A list holds what one of its items is: a part of one is not enough to be green. */
function holds(value: unknown, text: string): boolean {
  return Array.isArray(value) ? value.includes(text) : textual(value).includes(text);
}

/** What must not be there must not be a part of an item either: that is enough to be red. */
function mentions(value: unknown, text: string): boolean {
  return (Array.isArray(value) ? value : [value]).some((item) => textual(item).includes(text));
}

function textual(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** A value for a message: short, and on one line. */
function show(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'nothing').replace(/\s+/g, ' ');
  return shorten(text, 80);
}
