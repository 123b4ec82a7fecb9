import type { GuardFile } from '../../settings/guard-file/schema.ts';
import type { SecretText } from '../../settings/values/secret-text.ts';
import { about, type Finding } from './finding.ts';

/** Secret inputs that the guard file counts on: any one of them, and the key that names what they are for. */
export interface Need {
  readonly inputs: readonly string[];
  readonly key: string;
}

const CHANNEL_SECRETS: Readonly<Record<string, readonly string[]>> = {
  slack: ['slack-webhook-url', 'slack-token'],
  email: ['smtp-url'],
  webhook: ['webhook-url'],
  'github-issue': ['github-token'],
};

/**
 * What a guard file needs beside itself, by subject. A run with this file would otherwise be refused or alert nobody,
 * whatever else is green. Pure.
 */
export function needsOf(file: GuardFile): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  const need = (subject: string, key: string) => {
    const inputs = CHANNEL_SECRETS[subject];
    if (inputs !== undefined && !needs.has(subject)) needs.set(subject, { inputs, key });
  };
  if (file.mongodb !== undefined) needs.set('mongodb', { inputs: ['mongodb-uri'], key: 'mongodb' });
  const { alerts } = file;
  for (const name of alerts?.channels ?? []) need(name, 'alerts.channels');
  if (alerts?.['slack-channel'] !== undefined) need('slack', 'alerts.slack-channel');
  if (alerts?.['email-to'] !== undefined) need('email', 'alerts.email-to');
  // A route can bring the address of its own Slack webhook.
  for (const [index, route] of (alerts?.routes ?? []).entries())
    for (const name of route.channels ?? [])
      if (name !== 'slack' || route['slack-webhook-url'] === undefined)
        need(name, `alerts.routes.${index}.channels`);
  for (const [index, escalation] of (alerts?.escalate ?? []).entries())
    for (const name of escalation.channels ?? []) need(name, `alerts.escalate.${index}.channels`);
  return needs;
}

/** The variables that the guard file counts on: a run expands only those that an input names, and they must be set. */
export function variableFindings(
  file: GuardFile,
  expandable: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Finding[] {
  return [...variablesOf(file)].flatMap(([name, key]) => {
    const { failed } = about(`guard-file/${name}`, 'Guard file');
    if (!expandable.includes(name))
      return [
        failed(
          `\`${key}\` uses \`\${${name}}\`, which no run may expand`,
          `Write --guard-file-env ${name}; in a workflow guard-file-env: ${name}.`,
        ),
      ];
    if (!env[name]) return [failed(`\`${key}\` uses \`\${${name}}\`, which is not set`, `Set ${name}.`)];
    return [];
  });
}

/** Every variable that the guard file names as `${NAME}`, with the first key that does. Pure. */
function variablesOf(file: GuardFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]) => {
    if (value === null || typeof value !== 'object') return;
    const { template, names } = value as Partial<SecretText>;
    if (typeof template === 'string' && Array.isArray(names)) {
      for (const name of names) if (!found.has(name)) found.set(name, path.join('.'));
      return;
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  walk(file, []);
  return found;
}
