import { readFileSync, statSync } from 'node:fs';
import { ALERT_TYPE_NAMES } from '../../alert/catalogue/types.ts';
import { channelKeys } from '../../alert/channels/keys.ts';
import { CHANNEL_NAMES, type ChannelName } from '../../alert/model/alert.ts';
import { ALERT_TIMING, type AlertOptions, type DeliveryOptions } from '../../alert/model/options.ts';
import { type Report, reportSchema } from '../../report/schema.ts';
import { REPORT_SCHEMA } from '../../report/vocabulary.ts';
import { messageOf } from '../../support/errors.ts';
import { nearest } from '../../support/nearest.ts';
import { unreadable } from '../../support/paths.ts';
import { input, renderText, setSecret, type Text, text } from '../../support/problem.ts';
import type { Location } from '../context/location.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { AlertSections } from '../guard-file/sections/alert.ts';
import type { ALERT_INPUTS } from '../inputs/alert.ts';
import type { InputValues } from '../inputs/definition.ts';
import { oneLine, quoted, refusalOf } from '../values/refusal.ts';
import { alertPolicy } from './policy.ts';

type Inputs = InputValues<typeof ALERT_INPUTS>;

/** A report of thousands of checks has some megabytes; something larger is the wrong file. */
const LARGEST_REPORT = 32 * 1024 * 1024;
const OWN_ALERT_INPUTS = ['alert-type', 'severity', 'title', 'message', 'source'] as const;
const DEFAULT_REPEAT_MS = 4 * 3_600_000;

/** Inputs and guard file → the options of mode alert; undefined if there is no subject. Problems go to the context. */
export async function alertOptions(
  inputs: Inputs,
  file: AlertSections,
  context: SettingsContext,
): Promise<AlertOptions | undefined> {
  const delivery = await deliveryOptions(inputs, file, context);
  const subject = subjectOf(inputs, delivery.types, context);
  return subject && { ...delivery, subject };
}

/** The same without what the alerts are about, for a run that notifies of its own report. */
export async function deliveryOptions(
  inputs: Inputs,
  file: AlertSections,
  context: SettingsContext,
): Promise<DeliveryOptions> {
  const section = file.alerts ?? {};
  const named = inputs.channels ?? section.channels ?? [];
  const slack =
    slackOf(inputs, section, context) ?? (previewed('slack', named, context) && PREVIEW_ONLY.slack);
  const email = emailOf(inputs, section, context);
  const webhook =
    webhookOf(inputs, context) ?? (previewed('webhook', named, context) && PREVIEW_ONLY.webhook);
  const configured: Readonly<Record<ChannelName, boolean>> = {
    slack: slack !== undefined,
    email: email !== undefined,
    webhook: webhook !== undefined,
    // Every run on GitHub has a token: that does not mean that the user wants issues opened.
    'github-issue': false,
    log: true,
  };
  const channels = inputs.channels ?? section.channels ?? CHANNEL_NAMES.filter((name) => configured[name]);
  const labels = inputs.labels ?? { labels: {}, ignored: [] };
  if (labels.ignored.length > 0)
    context.notice(
      text`${input('labels')}: the first value of a key wins, so ${String(labels.ignored.length)} of its lines had no effect: ${labels.ignored
        .slice(0, 3)
        .map((line) => quoted(line))
        .join(', ')}.`,
    );
  const policy = await alertPolicy(file, channels, slack?.kind === 'token', context);
  const needed = channelKeys({ ...policy, channels }).filter((key) => !Object.hasOwn(policy.targets, key));
  for (const target of Object.values(policy.targets)) {
    if (target.slackWebhookUrl === undefined) needed.push(target.name);
  }
  for (const name of new Set(needed as ChannelName[])) {
    if (configured[name] || name === 'github-issue') continue;
    // The problems of half-configured channels are recorded already.
    if (!partly(name, inputs))
      context
        .input('channels')
        .refuse(
          'channel-not-configured',
          `names \`${name}\`, but it is not configured`,
          HOW_TO_CONFIGURE[name],
        );
  }
  const [firstLabel = 'deploy-guard-alert', ...otherLabels] = section['issue-labels'] ?? [];
  return {
    ...policy,
    labels: { ...section.labels, ...labels.labels },
    fireOn: section['fire-on'] ?? ['fail', 'inconclusive', 'error'],
    channels,
    channelsGiven: (inputs.channels ?? section.channels) !== undefined,
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

const HOW_TO_CONFIGURE: Readonly<Record<ChannelName, Text>> = {
  slack: text`Give ${input('slack-webhook-url')}, or ${input('slack-token')} and ${input('slack-channel')}.`,
  email: text`Give ${input('smtp-url')}, ${input('email-from')} and ${input('email-to')}.`,
  webhook: text`Give ${input('webhook-url')}.`,
  'github-issue': text`Give ${input('github-token')}.`,
  log: '',
};

/** On a pull request from a fork there are no secrets: the messages are rendered all the same, and nothing is sent. */
const PREVIEW_ONLY = {
  slack: { kind: 'webhook', url: 'https://slack.invalid/' },
  webhook: { url: 'https://webhook.invalid/' },
  server: { host: 'smtp.invalid', port: 25, tls: 'required' },
} as const;

function previewed(
  name: ChannelName,
  named: readonly ChannelName[],
  context: SettingsContext,
): true | undefined {
  if (!context.facts.dryRun || !named.includes(name)) return undefined;
  context.notice(`The channel ${name} is not configured; on this dry run its messages are only shown.`);
  return true;
}

/** What a run that sends must refuse, and a dry run only mentions. */
function halfConfigured(
  name: string,
  code: string,
  message: Text,
  hint: Text,
  context: SettingsContext,
): undefined {
  if (context.facts.dryRun)
    return context.notice([
      input(name),
      ' ',
      ...[message].flat(),
      '; on this dry run its messages are only shown.',
    ]);
  return context.input(name).refuse(code, message, hint);
}

function partly(name: ChannelName, inputs: Inputs): boolean {
  if (name === 'email') return inputs['smtp-url'] !== undefined;
  return name === 'slack' && (inputs['slack-token'] ?? inputs['slack-webhook-url']) !== undefined;
}

function slackOf(
  inputs: Inputs,
  section: NonNullable<AlertSections['alerts']>,
  context: SettingsContext,
): AlertOptions['slack'] {
  const refused = context.input('slack-channel');
  const { 'slack-webhook-url': url, 'slack-token': token } = inputs;
  const channel = inputs['slack-channel'] ?? section['slack-channel'];
  if (url !== undefined && token !== undefined)
    return context
      .input('slack-token')
      .refuse(
        'given-twice',
        text`is given as well as ${input('slack-webhook-url')}`,
        'Give one of them; the token can also answer in threads.',
      );
  if (url !== undefined) {
    if (inputs['slack-channel'] !== undefined) {
      refused.refuse(
        'needs-slack-token',
        text`needs ${input('slack-token')}: a webhook posts to its own channel`,
        text`Leave it out, or give ${input('slack-token')}.`,
      );
    }
    return { kind: 'webhook', url };
  }
  if (token === undefined) {
    if (inputs['slack-channel'] === undefined) return undefined;
    halfConfigured(
      'slack-channel',
      'needs-slack-token',
      text`is given without ${input('slack-token')}`,
      text`${setSecret('slack-token')}.`,
      context,
    );
    return context.facts.dryRun && channel !== undefined
      ? { kind: 'token', token: '', channel, apiUrl: inputs['slack-api-url'] }
      : undefined;
  }
  if (channel === undefined)
    return refused.refuse(
      'required',
      text`is required with ${input('slack-token')}`,
      'Write the channel, such as `#deployments`.',
    );
  return { kind: 'token', token, channel, apiUrl: inputs['slack-api-url'] };
}

function webhookOf(inputs: Inputs, context: SettingsContext): AlertOptions['webhook'] {
  const { 'webhook-url': url, 'webhook-secret': secret } = inputs;
  if (url === undefined) {
    if (secret === undefined) return undefined;
    return halfConfigured(
      'webhook-secret',
      'needs-webhook-url',
      text`is given without ${input('webhook-url')}`,
      text`Give ${input('webhook-url')}.`,
      context,
    );
  }
  return { url, ...(secret === undefined ? {} : { secret }) };
}

function subjectOf(
  inputs: Inputs,
  own: AlertOptions['types'],
  context: SettingsContext,
): AlertOptions['subject'] | undefined {
  const path = inputs['from-report'];
  if (path === undefined) {
    const type = inputs['alert-type'];
    if (type === undefined && inputs.title === undefined)
      return context
        .input('from-report')
        .refuse(
          'no-subject',
          'is not given, and neither is an alert of your own',
          text`Write ${input('from-report', 'PATH')}, or ${input('alert-type')} and ${input('title')}.`,
        );
    if ((type === undefined || type === 'custom') && inputs.title === undefined) {
      context
        .input('title')
        .refuse('required', 'is required for an alert of type custom', 'Write in one line what is wrong.');
    }
    const known = [...ALERT_TYPE_NAMES, ...Object.keys(own)];
    if (type !== undefined && !known.includes(type)) {
      const near = nearest(type, known);
      const others = `Write one of ${known.join(', ')}, or declare it in the guard file under \`alerts.types\`.`;
      context.input('alert-type').refuseAs({
        code: 'unknown-alert-type',
        value: quoted(type),
        message: 'is not known',
        hint: near === undefined ? others : `Did you mean \`${near}\`? ${others}`,
      });
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
    context
      .input(name)
      .refuse(
        'not-for-reports',
        'is for an alert of your own and has no meaning for a report',
        text`Leave it out, or ${input('from-report')}.`,
      );
  }
  if (inputs.resolve) {
    context
      .input('resolve')
      .refuse(
        'not-for-reports',
        'is for an alert of your own; a report resolves by itself what passes again',
        'Leave it out.',
      );
  }
  const report = readReport(path, context.input('from-report'));
  return report && { kind: 'report', report };
}

/** Read here, so that a missing report stops the run before anything happens. */
function readReport(path: string, place: Location): Report | undefined {
  const refuse = (code: string, message: string) => place.refuse(code, message, REPORT_HINT);
  const refused = unreadable(path);
  if (refused !== undefined)
    return refuse('unreadable-file', `cannot read ${oneLine(path, 200)}: ${refused}`);
  let value: unknown;
  try {
    if (statSync(path).size > LARGEST_REPORT)
      return place.refuse(
        'file-too-large',
        `${path} has more than ${LARGEST_REPORT} bytes`,
        'Is it the right file?',
      );
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse('unreadable-file', `cannot read ${oneLine(path, 200)}: ${readError(error)}`);
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const at =
      issue === undefined || issue.path.length === 0
        ? ''
        : ` (at \`${oneLine(issue.path.map(String).join('.'), 200)}\`: ${renderText(refusalOf(issue).message)})`;
    return refuse('not-a-report', `${path} is not a report of layout ${REPORT_SCHEMA}${at}`);
  }
  if (parsed.data.mode === 'alert') return refuse('report-of-alert', `${path} is the report of an alert run`);
  return parsed.data;
}

const REPORT_HINT =
  'Write the output `report-path` of the verify or rollback step: ${{ steps.verify.outputs.report-path }}.';

function readError(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return oneLine(messageOf(error), 200);
}

function emailOf(
  inputs: Inputs,
  section: NonNullable<AlertSections['alerts']>,
  context: SettingsContext,
): AlertOptions['email'] {
  const server = inputs['smtp-url'];
  const from = inputs['email-from'] ?? section['email-from'];
  const to = inputs['email-to'] ?? section['email-to'];
  if (server === undefined) {
    for (const name of ['email-from', 'email-to'] as const) {
      if (inputs[name] !== undefined)
        halfConfigured(
          name,
          'needs-smtp-url',
          text`is given without ${input('smtp-url')}`,
          text`${setSecret('smtp-url')}.`,
          context,
        );
    }
    const shown = context.facts.dryRun && from !== undefined && to !== undefined;
    return shown ? { server: PREVIEW_ONLY.server, from, to } : undefined;
  }
  const required = (name: string, hint: string) =>
    halfConfigured(name, 'required', text`is required with ${input('smtp-url')}`, hint, context);
  if (from === undefined) required('email-from', 'Write the address of the sender.');
  if (to === undefined) required('email-to', 'Write the addresses of the recipients.');
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
