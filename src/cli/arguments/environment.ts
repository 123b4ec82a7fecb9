import type { InputDefinition } from '../../settings/inputs/definition.ts';
import { ALL_INPUTS } from '../../settings/settings.ts';
import { nearest } from '../../support/nearest.ts';

type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'DEPLOY_GUARD_';

/** Names that other tools use as well; they count if the input's own variable is not set at all. */
const FALLBACKS: Readonly<Record<string, string>> = {
  'mongodb-uri': 'MONGODB_URI',
  'github-token': 'GITHUB_TOKEN',
};

/** The environment variable of an input: `DEPLOY_GUARD_MONGODB_URI` of `mongodb-uri`. */
export function variableOf(input: string): string {
  return `${PREFIX}${input.replaceAll('-', '_').toUpperCase()}`;
}

/** Every variable that can hold an input, the first one winning. */
export function variablesOf(input: string): readonly string[] {
  const fallback = FALLBACKS[input];
  return fallback === undefined ? [variableOf(input)] : [variableOf(input), fallback];
}

/**
 * The value that the environment holds for an input, and where. Set but empty means "not given", and keeps the
 * other name from counting.
 */
export function fromEnvironment(input: string, env: Env): { name: string; value: string } | undefined {
  for (const name of variablesOf(input)) {
    const value = env[name];
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** The secret parts of an input's text that would be masked; a secret as a whole counts whole. */
export function holdsSecrets(definition: InputDefinition, text: string, maskable: (part: string) => boolean) {
  return definition.secret === true || (definition.secretParts?.(text) ?? []).some(maskable);
}

/** Variables with our prefix that no input has: a typing error there is a silent alert. */
export function unknownVariables(env: Env): { name: string; near: string | undefined }[] {
  const known = new Set(Object.keys(ALL_INPUTS).map(variableOf));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && env[name] !== '')
    .sort()
    .map((name) => ({ name, near: nearest(name, known) }));
}
