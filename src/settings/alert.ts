import { readFileSync, statSync } from 'node:fs';
import type * as z from 'zod';
import { ALERT_TIMING, type AlertOptions } from '../alert/options.ts';
import { REPORT_SCHEMA, type Report, reportSchema } from '../report/schema.ts';
import { messageOf } from '../support/errors.ts';
import type { SettingsContext } from './context.ts';
import type { InputValues } from './input.ts';
import type { ALERT_INPUTS } from './inputs/alert.ts';
import type { Problems } from './problems.ts';
import type { ALERT_SECTIONS } from './sections/alert.ts';
import { shorten } from './values.ts';

type Inputs = InputValues<typeof ALERT_INPUTS>;
type Sections = { [Key in keyof typeof ALERT_SECTIONS]?: z.output<(typeof ALERT_SECTIONS)[Key]> };

/** A report of thousands of checks has some megabytes; something larger is the wrong file. */
const LARGEST_REPORT = 32 * 1024 * 1024;
const OWN_ALERT_INPUTS = ['alert-type', 'severity', 'title', 'message', 'source'] as const;
const DEFAULT_REPEAT_MS = 4 * 3_600_000;

/** Inputs and guard file → the options of mode alert; every problem goes to `problems`. */
export function alertOptions(
  inputs: Inputs,
  file: Sections,
  problems: Problems,
  _context: SettingsContext,
): AlertOptions | undefined {
  const section = file.alerts ?? {};
  const subject = subjectOf(inputs, problems);
  const email = emailOf(inputs, section, problems);
  const slackUrl = inputs['slack-webhook-url'];
  const configured = {
    slack: slackUrl !== undefined,
    email: email !== undefined,
    log: true,
  };
  const asked = inputs.channels ?? section.channels;
  const channels = asked ?? (['slack', 'email', 'log'] as const).filter((name) => configured[name]);
  for (const name of channels) {
    if (configured[name]) continue;
    if (name === 'slack') {
      problems.add('channels', 'names `slack`, but Slack is not configured', 'Give slack-webhook-url.');
    } else if (inputs['smtp-url'] === undefined) {
      problems.add(
        'channels',
        'names `email`, but email is not configured',
        'Give smtp-url, email-from and email-to.',
      );
    }
  }
  if (subject === undefined) return undefined;
  return {
    subject,
    labels: inputs.labels ?? {},
    channels,
    ...(slackUrl === undefined ? {} : { slack: { webhookUrl: slackUrl } }),
    ...(email === undefined ? {} : { email }),
    repeatIntervalMs: inputs['repeat-interval'] ?? section['repeat-interval'] ?? DEFAULT_REPEAT_MS,
    sendResolved: inputs['send-resolved'] ?? section['send-resolved'] ?? true,
    failOnDeliveryError: inputs['fail-on-delivery-error'] ?? section['fail-on-delivery-error'] ?? true,
    timing: ALERT_TIMING,
  };
}

function subjectOf(inputs: Inputs, problems: Problems): AlertOptions['subject'] | undefined {
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
    const at = issue?.path.length ? ` (at \`${issue.path.map(String).join('.')}\`: ${issue.message})` : '';
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
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return shorten(messageOf(error), 200);
}

function emailOf(
  inputs: Inputs,
  section: NonNullable<Sections['alerts']>,
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
