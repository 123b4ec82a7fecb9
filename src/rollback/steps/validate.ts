import { equalityKey } from '../bson/condition.ts';
import { rawOf } from '../bson/raw.ts';
import type { Reversal } from '../reversals/expand.ts';
import { fromExtendedJson } from '../reversals/extended-json.ts';
import { parsePath } from '../reversals/path-grammar.ts';

/** What is wrong with a reversal, at which key. */
export interface DefinitionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** Run code on the server, or depend on more than the document. */
const FORBIDDEN_OPERATORS = new Set(['$where', '$function', '$accumulator', '$text', '$near', '$nearSphere']);

/** Everything that the shape alone does not tell. Pure. */
export function checkReversal(reversal: Reversal): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const add = (path: readonly (string | number)[], message: string, hint?: string) =>
    problems.push(hint === undefined ? { path, message } : { path, message, hint });
  const collection = (path: readonly (string | number)[], name: string) => {
    if (/[$\0]/.test(name) || name.startsWith('system.')) add(path, `'${name}' is no collection of yours`);
  };
  const fieldPath = (path: readonly (string | number)[], text: string) => {
    if (parsePath(text) === undefined) {
      add(
        path,
        `'${text}' is not a field that can be changed`,
        'Write `status`, `meta.plan` or `items[].quantity`; never `_id`.',
      );
    }
  };
  const values = (path: readonly (string | number)[], value: unknown) => {
    try {
      fromExtendedJson(value);
    } catch {
      add(path, 'is no extended JSON', 'Write plain values, or such as `{ $date: "2026-01-01T00:00:00Z" }`.');
    }
  };
  if ('collection' in reversal) collection(['collection'], reversal.collection);
  if ('where' in reversal && reversal.where !== undefined) {
    values(['where'], reversal.where);
    const found = forbidden(reversal.where);
    if (found !== undefined) add(['where'], `\`${found}\` is not allowed here`);
  }
  switch (reversal.kind) {
    case 'unset-fields':
      for (const [index, text] of reversal.fields.entries()) {
        fieldPath(['fields', index], text);
        const other = reversal.fields.find((candidate, at) => at !== index && overlaps(candidate, text));
        if (other !== undefined) add(['fields', index], `'${text}' and '${other}' are one within the other`);
      }
      break;
    case 'set-field':
      fieldPath(['field'], reversal.field);
      values(['value'], reversal.value);
      break;
    case 'map-values':
      fieldPath(['field'], reversal.field);
      values(['map'], reversal.map);
      problems.push(...checkMap(reversal.map));
      break;
    case 'copy-field':
      for (const key of ['from', 'to'] as const) {
        fieldPath([key], reversal[key]);
        if (/[.[]/.test(reversal[key])) add([key], `'${reversal[key]}' is not at the top of the document`);
      }
      if (reversal.from === reversal.to) add(['to'], 'is the field itself');
      break;
    case 'copy-by-reference':
      for (const [index, reference] of reversal.references.entries()) {
        collection(['references', index, 'collection'], reference.collection);
        fieldPath(['references', index, 'field'], reference.field);
      }
      collection(['map', 'collection'], reversal.map.collection);
      for (const key of ['from', 'to'] as const) {
        if (reversal.map[key] !== '_id' && parsePath(reversal.map[key]) === undefined) {
          add(['map', key], `'${reversal.map[key]}' is not a field`);
        } else if (/[.[]/.test(reversal.map[key]))
          add(['map', key], `'${reversal.map[key]}' is not at the top of the document`);
      }
      break;
    case 'edit-validator':
      for (const [index, rule] of reversal.rules.entries()) {
        if (rule !== rule.trim() || rule.includes('[') || rule.startsWith('$'))
          add(['rules', index], `'${rule}' is not a field`);
      }
      break;
    case 'rename-collection':
      collection(['to'], reversal.to);
      if (reversal.to === reversal.collection) add(['to'], 'is the collection itself');
      break;
    case 'drop-indexes':
      for (const [index, name] of reversal.indexes.entries()) {
        if (name === '_id_' || name === '*') add(['indexes', index], `'${name}' cannot be dropped`);
      }
      break;
  }
  return problems;
}

/** A value that is on both sides would be mapped twice when a run is resumed, or by a second run. */
function checkMap(map: readonly (readonly [unknown, unknown])[]): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const keyOf = (value: unknown) => {
    try {
      return equalityKey(rawOf(fromExtendedJson(value)));
    } catch {
      // Told of where the values are checked.
      return JSON.stringify(value);
    }
  };
  const from = map.map(([value]) => keyOf(value));
  for (const [index, [old, to]] of map.entries()) {
    if (from.indexOf(from[index] ?? '') !== index)
      problems.push({ path: ['map', index], message: `${JSON.stringify(old)} stands there twice` });
    if (from.includes(keyOf(to))) {
      problems.push({
        path: ['map', index],
        message: `${JSON.stringify(to)} is both an old and a new value, so what is done cannot be told from what is not`,
      });
    }
  }
  return problems;
}

function overlaps(a: string, b: string): boolean {
  const plain = (text: string) => `${text.replaceAll('[]', '')}.`;
  return plain(a).startsWith(plain(b)) || plain(b).startsWith(plain(a));
}

function forbidden(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (FORBIDDEN_OPERATORS.has(key)) return key;
    const found = forbidden(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
