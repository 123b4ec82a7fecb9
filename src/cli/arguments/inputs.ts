import { nearest } from '../../support/nearest.ts';
import type { Problem } from '../../support/problem.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type Command, inputsOf } from './commands.ts';
import { fromEnvironment, unknownVariables, variableOf, variablesOf } from './environment.ts';

interface GatheredInputs {
  input(name: string): string | undefined;
  /** What the user should know of where values came from; never the values. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Where each input of a command comes from: its option, a hidden question, its environment variable.
 * @throws Cancelled where the user stops a question
 */
export async function gatherInputs(
  command: Command,
  options: ReadonlyMap<string, string>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<GatheredInputs> {
  const inputs = inputsOf(command);
  const { env } = terminal;
  const problems: Problem[] = [];
  const asked = (options.get('ask') ?? '').split(/[\n,]/).filter((name) => name !== '');
  const secrets = Object.keys(inputs).filter((name) => inputs[name]?.secret);
  for (const name of asked) {
    if (!secrets.includes(name)) {
      const near = nearest(name, secrets);
      problems.push({
        code: 'unknown-secret',
        where: `--ask ${name}`,
        message: 'is not the name of a secret',
        hint: near ? `Did you mean \`${near}\`?` : `The secrets are ${secrets.join(', ')}.`,
      });
    } else if (!terminal.interactive)
      problems.push({
        code: 'no-terminal',
        where: `--ask ${name}`,
        message: 'needs a terminal to ask on',
        hint: `Set the environment variable ${variableOf(name)}.`,
      });
  }
  if (problems.length > 0) return { input: () => undefined, notices: [], warnings: [], problems };

  // A rollback without a database is nothing at all, so that much is asked for unbidden.
  const missing =
    command === 'rollback' && terminal.interactive && fromEnvironment('mongodb-uri', env) === undefined
      ? ['mongodb-uri']
      : [];
  const answers = new Map<string, string>();
  for (const name of new Set([...asked, ...missing])) {
    const { prompts } = await import('../terminal/prompts.ts');
    answers.set(name, await prompts(signal).secret(`${inputs[name]?.description ?? name} (${name}, hidden)`));
  }

  const used = new Map<string, string>();
  for (const name of Object.keys(inputs)) {
    if (options.has(name) || answers.has(name)) continue;
    const found = fromEnvironment(name, env);
    if (found && found.value.trim() !== '') used.set(name, found.name);
  }
  return {
    input(name) {
      if (name === 'mode') return command;
      if (!Object.hasOwn(inputs, name)) return undefined;
      return options.get(name) ?? answers.get(name) ?? fromEnvironment(name, env)?.value;
    },
    notices: used.size > 0 ? [`from the environment: ${[...used.values()].sort().join(', ')}`] : [],
    warnings: Object.keys(inputs).length === 0 ? [] : unknownVariables(env).map(unknownWords),
    problems: [],
  };
}

function unknownWords({ name, near }: { name: string; near: string | undefined }): string {
  return `the environment variable ${name} is not known and has no effect${near ? `; did you mean ${near}?` : ''}`;
}

/** For messages: how to give an input that is a secret. */
export function howToGive(name: string): string {
  return `set ${variablesOf(name).join(' or ')}, or write --ask ${name}`;
}
