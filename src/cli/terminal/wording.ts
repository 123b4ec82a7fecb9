import { ALL_INPUTS } from '../../settings/settings.ts';
import { variableOf } from '../arguments/environment.ts';

const NAMES = Object.keys(ALL_INPUTS).sort((a, b) => b.length - a.length);
const SECRETS = NAMES.filter((name) => ALL_INPUTS[name]?.secret);
const ANY = NAMES.join('|');
/** Secrets whose names are no words of English: only those are looked for in running text. */
const SECRET_WORDS = SECRETS.filter((name) => name.includes('-')).join('|');

/**
 * A message about settings, which is written for a workflow, in the words of the command line: options for
 * inputs, environment variables for secrets. Any other message comes back as it is. Pure.
 */
export function inWordsOfCommandLine(message: string): string {
  const isProblem = new RegExp(`^(${ANY}): `).test(message) || /^[^\s:]+\.ya?ml:\d+:\d+: /.test(message);
  if (!isProblem) return message;
  return message
    .replace(new RegExp(`^(${ANY}): `), (_whole, name: string) => `${nameOf(name)}: `)
    .replace(
      /^([^\S\n]*)Write ([a-z-]+): \$\{\{ secrets\.\w+ \}\}\.?/gm,
      (whole, space: string, name: string) =>
        Object.hasOwn(ALL_INPUTS, name) ? `${space}Set the environment variable ${variableOf(name)}.` : whole,
    )
    .replace(new RegExp(`\`(${ANY}): ([^\`]+)\``, 'g'), (_whole, name: string, value: string) =>
      isSecret(name) ? `\`${variableOf(name)}=…\`` : `\`--${name} ${quoted(value)}\``,
    )
    .replace(new RegExp(`(?<![\\w-])(${SECRET_WORDS})(?![\\w-])`, 'g'), (_whole, name: string) =>
      variableOf(name),
    );
}

function nameOf(name: string): string {
  if (name === 'mode') return 'the command';
  return isSecret(name) ? variableOf(name) : `--${name}`;
}

function isSecret(name: string): boolean {
  return ALL_INPUTS[name]?.secret === true;
}

/** As a shell takes it. */
export function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
