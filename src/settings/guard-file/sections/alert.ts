import * as z from 'zod';
import { CHANNEL_NAMES } from '../../../alert/model/alert.ts';
import { FIRING_VERDICTS } from '../../../alert/model/options.ts';
import { severitySchema } from '../../../report/schema.ts';
import {
  addressText,
  httpsUrlText,
  labelName,
  momentText,
  slackChannelText,
  timeZoneText,
} from '../../values/alert.ts';
import { durationText } from '../../values/common.ts';
import { secretText } from '../../values/secret-text.ts';

const text = z.string().trim().min(1).max(500);
const channels = z.array(z.enum(CHANNEL_NAMES)).min(1);
const addresses = z.array(addressText).min(1).max(50);
const patterns = z.union([text, z.array(text).min(1)]);

const matchSchema = z
  .strictObject({
    type: patterns.optional().describe('Types of alerts; `*` matches any text'),
    source: patterns.optional().describe('Who or what is in trouble'),
    check: patterns.optional().describe('Ids of checks'),
    environment: patterns.optional(),
    severity: z
      .union([severitySchema, z.array(severitySchema).min(1)])
      .optional()
      .describe('Exactly these'),
    'min-severity': severitySchema.optional().describe('This or worse'),
    labels: z.record(labelName, patterns).optional(),
  })
  .refine((match) => Object.values(match).some((value) => value !== undefined), {
    message:
      'fits everything; name at least one of type, source, check, environment, severity, min-severity, labels',
  })
  .describe('Which alerts; every part must fit, of a list one entry');
export type MatchSection = z.output<typeof matchSchema>;

const routeSchema = z
  .strictObject({
    match: matchSchema,
    channels: channels.optional().describe('Where these alerts go; the usual channels if not given'),
    'slack-channel': slackChannelText.optional().describe('Another channel of Slack; needs slack-token'),
    'slack-webhook-url': secretText
      .optional()
      .describe("Another of Slack's webhooks, as ${NAME} of a variable"),
    'email-to': addresses.optional().describe('Other recipients'),
    'repeat-interval': durationText({ min: 1 }).optional(),
    continue: z.boolean().optional().describe('The routes below count as well; false if not given'),
  })
  .describe('The first route that fits says where an alert goes');
export type RouteSection = z.output<typeof routeSchema>;

const escalationSchema = z
  .strictObject({
    after: durationText({ min: 1 }).describe('How long it has been firing'),
    match: matchSchema.optional(),
    severity: severitySchema.optional().describe('What it rises to'),
    channels: channels.optional().describe('Where it goes as well'),
  })
  .refine(({ severity, channels: more }) => severity !== undefined || more !== undefined, {
    message: 'changes nothing; give severity or channels',
  });

const inhibitionSchema = z.strictObject({
  when: matchSchema.describe('While such an alert fires and its notification was sent …'),
  mute: matchSchema.describe('… these are inhibited'),
  equal: z.array(z.literal('source')).optional().describe('Both must have the same source'),
  within: durationText({ min: 1 })
    .optional()
    .describe('One not seen failing for this long mutes nothing; 1h'),
});

/** As `alert-type` is read: lower case, with hyphens. */
const typeName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'is not the name of a type; write lower-case letters, digits and hyphens, such as queue-full',
  );

const typeSchema = z.strictObject({
  title: text.optional(),
  severity: severitySchema.optional(),
  meaning: text.optional().describe('What it means'),
  'first-step': text.optional().describe('What to do first'),
  runbook: httpsUrlText.optional().describe('Where it says what to do'),
});

const alerts = z
  .strictObject({
    channels: channels
      .optional()
      .describe('Where alerts go; every configured channel and the log if not given'),
    'slack-channel': slackChannelText.optional().describe("Slack's channel, with slack-token"),
    'email-from': addressText.optional().describe('Sender of mails'),
    'email-to': addresses.optional().describe('Recipients of mails'),
    'issue-labels': z
      .array(text.max(50))
      .min(1)
      .max(10)
      .optional()
      .describe('Labels of issues; deploy-guard-alert'),
    'repeat-interval': durationText({ min: 1 })
      .optional()
      .describe('A firing alert is sent again after this; 4h'),
    'send-resolved': z.boolean().optional().describe('Say when an alert is over; true'),
    'fail-on-delivery-error': z
      .boolean()
      .optional()
      .describe('Fail the step when a message could not be delivered; true'),
    'fire-on': z
      .array(z.enum(FIRING_VERDICTS))
      .min(1)
      .optional()
      .describe('Verdicts that fire; fail, inconclusive and error'),
    'failure-threshold': z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Runs in a row that must see it failing; 1'),
    'success-threshold': z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Runs in a row in which the check must pass before its alert is resolved; 1 if not given'),
    'group-by': z
      .array(
        z.union([z.enum(['type', 'source', 'severity']), z.templateLiteral(['label:', z.string().min(1)])]),
      )
      .optional()
      .describe('What alerts must have in common to share a message; nothing, so a run sends one message'),
    labels: z.record(labelName, z.string().max(500)).optional().describe('Facts that every message shows'),
    routes: z.array(routeSchema).max(100).optional(),
    escalate: z.array(escalationSchema).max(10).optional().describe('What fires for long gets louder'),
    inhibit: z.array(inhibitionSchema).max(100).optional().describe('Causes that explain other alerts'),
    'inhibit-defaults': z.boolean().optional().describe('database-down mutes what depends on it; true'),
    types: z
      .record(typeName, typeSchema)
      .optional()
      .describe('Custom types, and changes to the built-in ones'),
  })
  .describe('Which alerts are sent, to whom, and how often');

const silence = z
  .strictObject({
    match: matchSchema,
    from: momentText.optional(),
    until: momentText.describe('When it ends, with its zone: 2026-02-01T12:00:00Z'),
    reason: text.describe('Why; shown in every decision that it causes'),
    by: text.optional().describe('Who'),
  })
  .describe('Alerts that are muted until a given time');

const maintenance = z
  .strictObject({
    name: text.max(100),
    cron: text.optional().describe('When it begins: minute hour day month weekday'),
    rrule: text.optional().describe('When it begins, by RFC 5545: FREQ=WEEKLY;BYDAY=SU. Needs start'),
    start: z
      .string()
      .regex(
        /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/,
        'is not a wall time; write it without a zone, as 2026-01-04T02:00',
      )
      .optional()
      .describe('Wall time of the first window of an rrule'),
    duration: durationText({ min: 60_000, max: 7 * 86_400_000 }),
    'time-zone': timeZoneText.optional().describe('IANA name, such as Europe/Berlin; UTC'),
    match: matchSchema.optional().describe('Which alerts; all of them if not given'),
  })
  .describe('Recurring windows in which alerts are muted');

/** The guard file's top-level keys about alerts. */
export const ALERT_SECTIONS = {
  alerts: alerts.optional(),
  silences: z.array(silence).max(500).optional(),
  maintenance: z.array(maintenance).max(100).optional(),
};

export type AlertSections = {
  alerts?: z.output<typeof alerts> | undefined;
  silences?: z.output<typeof silence>[] | undefined;
  maintenance?: z.output<typeof maintenance>[] | undefined;
};
