import { readFileSync, statSync } from 'node:fs';
import { ALERT_TYPE_NAMES } from '../../alert/catalogue/types.ts';
import { channelKeys } from '../../alert/channels/keys.ts';
import { CHANNEL_NAMES, type ChannelName } from '../../alert/model/alert.ts';
import { ALERT_TIMING, type AlertOptions } from '../../alert/model/options.ts';
import { type Report, reportSchema } from '../../report/schema.ts';
import { REPORT_SCHEMA } from '../../report/vocabulary.ts';
import { messageOf } from '../../support/errors.ts';
import { nearest } from '../../support/nearest.ts';
import { unreadable } from '../../support/paths.ts';
import type { Problems } from '../context/problems.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { AlertSections } from '../guard-file/sections/alert.ts';
import type { ALERT_INPUTS } from '../inputs/alert.ts';
import type { InputValues } from '../inputs/definition.ts';
import { shorten } from '../values/common.ts';
import { alertPolicy } from './policy.ts';

type Inputs = InputValues<typeof ALERT_INPUTS>;

/** A report of thousands of checks has some megabytes; something larger is the wrong file. */
const LARGEST_REPORT = 32 * 1024 * 1024;
const OWN_ALERT_INPUTS = ['alert-type', 'severity', 'title', 'message', 'source'] as const;
const DEFAULT_REPEAT_MS = 4 * 3_600_000;

/** Inputs and guard file → the options of mode alert; every problem goes to `problems`. */
export async function alertOptions(
  inputs: Inputs,
  file: AlertSections,
  problems: Problems,
  context: SettingsContext,
): Promise<AlertOptions | undefined> {
  const section = file.alerts ?? {};
  const slack = slackOf(inputs, section, problems);
  const email = emailOf(inputs, section, problems);
  const webhook = webhookOf(inputs, problems);
  const configured: Readonly<Record<ChannelName, boolean>> = {
    slack: slack !== undefined,
    email: email !== undefined,
    webhook: webhook !== undefined,
    // Every run on GitHub has a token: that is no wish to have issues opened.
    'github-issue': false,
    log: true,
  };
  const channels = inputs.channels ?? section.channels ?? CHANNEL_NAMES.filter((name) => configured[name]);
  const policy = await alertPolicy(file, channels, slack?.kind === 'token', problems, context);
  const subject = subjectOf(inputs, policy.types, problems);
  const needed = channelKeys({ ...policy, channels }).filter((key) => !Object.hasOwn(policy.targets, key));
  for (const target of Object.values(policy.targets)) {
    if (target.slackWebhookUrl === undefined) needed.push(target.name);
  }
  for (const name of new Set(needed as ChannelName[])) {
    if (configured[name] || name === 'github-issue') continue;
    // Half-configured channels were told about already.
    if (!partly(name, inputs))
      problems.add('channels', `names \`${name}\`, but it is not configured`, HOW_TO_CONFIGURE[name]);
  }
  if (subject === undefined) return undefined;
  const [firstLabel = 'deploy-guard-alert', ...otherLabels] = section['issue-labels'] ?? [];
  return {
    ...policy,
    subject,
    labels: { ...section.labels, ...inputs.labels },
    fireOn: section['fire-on'] ?? ['fail', 'inconclusive', 'error'],
    channels,
    ...(slack === undefined ? {} : { slack }),
    ...(email === undefined ? {} : { email }),
    ...(webhook === undefined ? {} : { webhook }),
    issueLabels: [firstLabel, ...otherLabels],
    repeatIntervalMs: inputs['repeat-interval'] ?? section['repeat-interval'] ?? DEFAULT_REPEAT_MS,
    sendResolved: inputs['send-resolved'] ?? section['send-resolved'] ?? true,
    failureThreshold: section['failure-threshold'] ?? 1,
    successThreshold: section['success-threshold'] ?? 1,
    groupBy: section['group-by'] ?? [],
    failOnDeliveryError: inputs['fail-on-delivery-error'] ?? section['fail-on-delivery-error'] ?? true,
    timing: ALERT_TIMING,
  };
}

const HOW_TO_CONFIGURE: Readonly<Record<ChannelName, string>> = {
  slack: 'Give slack-webhook-url, or slack-token and slack-channel.',
  email: 'Give smtp-url, email-from and email-to.',
  webhook: 'Give webhook-url.',
  'github-issue': 'Give github-token.',
  log: '',
};

function partly(name: ChannelName, inputs: Inputs): boolean {
  if (name === 'email') return inputs['smtp-url'] !== undefined;
  return name === 'slack' && (inputs['slack-token'] ?? inputs['slack-webhook-url']) !== undefined;
}

function slackOf(
  inputs: Inputs,
  section: NonNullable<AlertSections['alerts']>,
  problems: Problems,
): AlertOptions['slack'] {
  const { 'slack-webhook-url': url, 'slack-token': token } = inputs;
  const channel = inputs['slack-channel'] ?? section['slack-channel'];
  if (url !== undefined && token !== undefined) {
    problems.add(
      'slack-token',
      'is given as well as slack-webhook-url',
      'Give one of them; the token can also answer in threads.',
    );
    return undefined;
  }
  if (url !== undefined) {
    if (inputs['slack-channel'] !== undefined) {
      problems.add(
        'slack-channel',
        'needs slack-token: a webhook posts to its own channel',
        'Leave it out, or give slack-token.',
      );
    }
    return { kind: 'webhook', url };
  }
  if (token === undefined) {
    if (inputs['slack-channel'] !== undefined) {
      problems.add(
        'slack-channel',
        'is given without slack-token',
        'Write slack-token: ${{ secrets.SLACK_TOKEN }}.',
      );
    }
    return undefined;
  }
  if (channel === undefined) {
    problems.add(
      'slack-channel',
      'is required with slack-token',
      'Write the channel, such as `#deployments`.',
    );
    return undefined;
  }
  return { kind: 'token', token, channel, apiUrl: inputs['slack-api-url'] };
}

function webhookOf(inputs: Inputs, problems: Problems): AlertOptions['webhook'] {
  const { 'webhook-url': url, 'webhook-secret': secret } = inputs;
  if (url === undefined) {
    if (secret !== undefined)
      problems.add('webhook-secret', 'is given without webhook-url', 'Give webhook-url.');
    return undefined;
  }
  return { url, ...(secret === undefined ? {} : { secret }) };
}

function subjectOf(
  inputs: Inputs,
  own: AlertOptions['types'],
  problems: Problems,
): AlertOptions['subject'] | undefined {
  const path = inputs['from-report'];
  if (path === undefined) {
    const type = inputs['alert-type'];
    if (type === undefined && inputs.title === undefined) {
      problems.add(
        'from-report',
        'is not given, and neither is an alert of your own',
        'Write from-report: PATH, or alert-type and title.',
      );
      return undefined;
    }
    if ((type === undefined || type === 'custom') && inputs.title === undefined) {
      problems.add('title', 'is required for an alert of type custom', 'Write in one line what is wrong.');
    }
    const known = [...ALERT_TYPE_NAMES, ...Object.keys(own)];
    if (type !== undefined && !known.includes(type)) {
      const near = nearest(type, known);
      problems.add(
        'alert-type',
        `'${shorten(type)}' is not known${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
        `Write one of ${known.join(', ')}, or declare it in the guard file under alerts.types.`,
      );
    }
    return {
      kind: 'own',
      type: type ?? 'custom',
      ...pick(inputs, ['severity', 'title', 'message', 'source']),
      resolve: inputs.resolve ?? false,
    };
  }
  for (const name of OWN_ALERT_INPUTS) {
    if (inputs[name] === undefined) continue;
    problems.add(
      name,
      'is for an alert of your own and says nothing about a report',
      'Leave it out, or from-report.',
    );
  }
  if (inputs.resolve) {
    problems.add(
      'resolve',
      'is for an alert of your own; a report resolves what passes again by itself',
      'Leave it out.',
    );
  }
  const report = readReport(path, problems);
  return report && { kind: 'report', report };
}

/** Read here, so that a missing report stops the run before anything happens. */
function readReport(path: string, problems: Problems): Report | undefined {
  let value: unknown;
  const refused = unreadable(path);
  if (refused !== undefined) {
    problems.add('from-report', `cannot read ${path}: ${refused}`, reportHint);
    return undefined;
  }
  try {
    if (statSync(path).size > LARGEST_REPORT) {
      problems.add('from-report', `${path} has more than ${LARGEST_REPORT} bytes`, 'Is it the right file?');
      return undefined;
    }
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.add('from-report', `cannot read ${path}: ${readError(error)}`, reportHint);
    return undefined;
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const words = issue?.message.endsWith('received undefined') ? 'is missing' : issue?.message;
    const at = issue?.path.length
      ? ` (at \`${shorten(issue.path.map(String).join('.'), 200)}\`: ${words})`
      : '';
    problems.add('from-report', `${path} is no report of layout ${REPORT_SCHEMA}${at}`, reportHint);
    return undefined;
  }
  if (parsed.data.mode === 'alert') {
    problems.add('from-report', `${path} is the report of an alert run`, reportHint);
    return undefined;
  }
  return parsed.data;
}

const reportHint =
  'Write the output `report-path` of the verify or rollback step: ${{ steps.verify.outputs.report-path }}.';

function readError(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return shorten(messageOf(error), 200);
}

function emailOf(
  inputs: Inputs,
  section: NonNullable<AlertSections['alerts']>,
  problems: Problems,
): AlertOptions['email'] {
  const server = inputs['smtp-url'];
  const from = inputs['email-from'] ?? section['email-from'];
  const to = inputs['email-to'] ?? section['email-to'];
  if (server === undefined) {
    for (const name of ['email-from', 'email-to'] as const) {
      if (inputs[name] !== undefined) {
        problems.add(name, 'is given without smtp-url', 'Write smtp-url: ${{ secrets.SMTP_URL }}.');
      }
    }
    return undefined;
  }
  if (from === undefined)
    problems.add('email-from', 'is required with smtp-url', 'Write the address of the sender.');
  if (to === undefined) problems.add('email-to', 'is required with smtp-url', 'Write who is to be told.');
  return from === undefined || to === undefined ? undefined : { server, from, to };
}

/** Only the keys that have a value: an absent one and an undefined one differ in the options. */
function pick<Key extends keyof Inputs>(inputs: Inputs, keys: readonly Key[]) {
  const found: Partial<Record<Key, NonNullable<Inputs[Key]>>> = {};
  for (const key of keys) {
    const value = inputs[key];
    if (value !== undefined && value !== null) found[key] = value as NonNullable<Inputs[Key]>;
  }
  return found as { [K in Key]?: NonNullable<Inputs[K]> };
}
