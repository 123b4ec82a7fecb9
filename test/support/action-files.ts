import { readFile } from 'node:fs/promises';
import { EOL } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the runner reads of action.yml. */
export interface ActionDefinition {
  /** path of the bundle, relative to the repository */
  main: string;
  using: string;
  /** each input's name with its default, as the runner would pass it on */
  defaults: Map<string, string>;
  outputs: string[];
}

/** @param root folder that holds action.yml */
export async function readAction(root: string): Promise<ActionDefinition> {
  const text = await readFile(join(root, 'action.yml'), 'utf8');
  const document: unknown = parse(text);
  const runs = section(document, 'runs');
  const main = runs.main;
  if (typeof main !== 'string') throw new Error('action.yml names no runs.main');
  const inputs = section(document, 'inputs');
  const defaults = Object.entries(inputs).map(([name, input]): [string, string] => {
    const value =
      typeof input === 'object' && input !== null && 'default' in input ? input.default : undefined;
    return [name, value === undefined || value === null ? '' : String(value)];
  });
  return {
    main,
    using: String(runs.using ?? ''),
    defaults: new Map(defaults),
    outputs: Object.keys(section(document, 'outputs')),
  };
}

function section(document: unknown, name: string): Record<string, unknown> {
  if (typeof document !== 'object' || document === null) throw new Error('action.yml holds no mapping');
  const found = (document as Record<string, unknown>)[name];
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

/** The variable that the runner passes an input in: upper case, spaces as underscores, hyphens kept. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/**
 * Parses a file command of the runner (GITHUB_OUTPUT, GITHUB_STATE, GITHUB_ENV) as the runner does:
 * `name=value`, or `name<<DELIMITER`, lines and the delimiter. A later value of a name wins.
 * @throws Error on a line that the runner refuses, so that a test sees a broken or an injected output
 */
export function parseFileCommand(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`invalid line "${line}": the name is empty`);
      found[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) throw new Error(`invalid line "${line}": neither name=value nor name<<DELIMITER`);
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === '' || delimiter === '')
      throw new Error(`invalid line "${line}": name or delimiter is empty`);
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) throw new Error(`no closing delimiter "${delimiter}" for "${name}"`);
    found[name] = lines.slice(at + 1, end).join(EOL);
    at = end;
  }
  return found;
}
