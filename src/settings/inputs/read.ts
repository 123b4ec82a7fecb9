import type { Problems } from '../context/problems.ts';
import { refusalOf, wordList } from '../values/refusal.ts';
import type { InputDefinition, InputValues } from './definition.ts';

/** Gives the raw text of an input by its name, undefined if it is not given. */
export type RawInput = (name: string) => string | undefined;

/**
 * Reads a table of inputs from raw text. Empty counts as not given; then the default is read.
 * Every problem goes to `problems`; an input that has one is undefined in the result, which must therefore
 * not be used before `problems.throwIfAny()`.
 */
export function readInputs<Table extends Record<string, InputDefinition>>(
  table: Table,
  raw: RawInput,
  problems: Problems,
): InputValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(table)) {
    const given = givenText(raw, name);
    const text = given ?? (definition.inGuardFile ? undefined : definition.default);
    if (text === undefined) {
      if (definition.required)
        problems.add({
          code: 'required',
          where: name,
          message: 'is required',
          hint: definition.choices ? `Write one of ${wordList(definition.choices)}.` : definition.description,
        });
      continue;
    }
    const parsed = definition.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else for (const issue of parsed.error.issues) problems.add({ where: name, ...refusalOf(issue) });
  }
  return values as InputValues<Table>;
}

/** The trimmed text of an input, undefined if it is not given or empty. */
export function givenText(raw: RawInput, name: string): string | undefined {
  const text = raw(name)?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** Every secret in the inputs, read before anything is parsed, so that no message can carry one. */
export function inputSecrets(table: Record<string, InputDefinition>, raw: RawInput): string[] {
  const secrets: string[] = [];
  for (const [name, definition] of Object.entries(table)) {
    const text = givenText(raw, name);
    if (text === undefined) continue;
    if (definition.secret) secrets.push(text);
    if (definition.secretParts) secrets.push(...definition.secretParts(text));
  }
  return secrets;
}
