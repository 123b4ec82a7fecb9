import * as z from 'zod';

/** Text of the guard file in which `${NAME}` is an environment variable. */
export interface SecretText {
  readonly template: string;
  readonly names: readonly string[];
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * A place of the guard file that may hold a secret, by the name of an environment variable: `${API_TOKEN}`,
 * or within text: `Bearer ${API_TOKEN}`. Nowhere else in the file is anything expanded.
 */
export const secretText = z.string().transform(
  (template): SecretText => ({
    template,
    names: [...template.matchAll(REFERENCE)].flatMap((match) => (match[1] === undefined ? [] : [match[1]])),
  }),
);

/** The text with its variables, and the secret values that went into it. Unset or empty ones are `missing`. */
export function expandSecret(
  text: SecretText,
  env: Readonly<Record<string, string | undefined>>,
): { value: string; secrets: string[]; missing: string[] } {
  const secrets: string[] = [];
  const missing: string[] = [];
  const value = text.template.replace(REFERENCE, (_whole, name: string) => {
    const found = env[name];
    if (found === undefined || found === '') {
      missing.push(name);
      return '';
    }
    secrets.push(found);
    return found;
  });
  return { value, secrets, missing };
}
