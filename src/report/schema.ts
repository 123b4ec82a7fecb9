import * as z from 'zod';
import {
  ALERT_STATUSES,
  OPERATION_STATES,
  REPORT_SCHEMA,
  REVERSIBILITIES,
  RISKS,
  SEVERITIES,
  STEP_STATES,
  VERDICTS,
} from './vocabulary.ts';

/** Who only reads a report may take its words from here as well; the run itself takes them from where they stand. */
export * from './vocabulary.ts';

export const verdictSchema = z.enum(VERDICTS);

export const checkSchema = z.object({
  id: z.string().describe('Stable between runs; names the check in `failed-checks` and in fingerprints'),
  kind: z.enum(['http', 'tls', 'app', 'mongodb']),
  target: z.string().describe('The target by its name, never its URL with secrets'),
  metric: z.string(),
  observed: z.union([z.number(), z.string(), z.null()]).describe('null = nothing was measured'),
  unit: z.string(),
  threshold: z.string().describe('The threshold or condition as written'),
  baseline: z.union([z.number(), z.string()]).optional(),
  samples: z.int().nonnegative(),
  attempts: z.int().nonnegative(),
  verdict: z.enum([...VERDICTS, 'skipped']),
  reason: z.string(),
  hint: z.string().optional().describe('What to do about it'),
});
export type Check = z.infer<typeof checkSchema>;

export const phaseSchema = z.object({
  name: z.string(),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  outcome: z.enum(['done', 'failed', 'skipped', 'interrupted']),
  detail: z.string().optional(),
});
export type Phase = z.infer<typeof phaseSchema>;

/** The samples of one target, for plots. Long series are thinned out evenly; `count` says how many there were. */
export const measurementSchema = z.object({
  target: z.string(),
  metric: z.string(),
  unit: z.string(),
  count: z.int().nonnegative(),
  failed: z.int().nonnegative().describe('Samples without a value, because they failed'),
  values: z.array(z.number()),
  warmup: z.array(z.number()).describe('Probes before the samples, thrown away'),
  limit: z.number().optional().describe('The upper limit that a threshold sets'),
});
export type Measurement = z.infer<typeof measurementSchema>;

export const severitySchema = z.enum(SEVERITIES);

export const alertStatusSchema = z.enum(ALERT_STATUSES);

export const deliverySchema = z.object({
  name: z.enum(['slack', 'email', 'github-issue', 'webhook', 'log']),
  status: z.enum(['delivered', 'partial', 'failed', 'skipped', 'rendered']),
  error: z.string().optional(),
  /** Slack's message, the number: what a later message refers to. */
  reference: z.string().optional(),
  preview: z.string().optional().describe('On a dry run: the exact message that would be sent'),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const reportAlertSchema = z.object({
  fingerprint: z.string(),
  type: z.string(),
  severity: severitySchema,
  title: z.string().optional(),
  status: alertStatusSchema,
  decision: z.string().describe('The name of the rule that decided'),
  reason: z.string(),
  channels: z.array(deliverySchema),
});
export type ReportAlert = z.infer<typeof reportAlertSchema>;

const counts = z.record(z.string(), z.int().nonnegative());

export const alertStatisticsSchema = z.object({
  since: z.iso.datetime().optional().describe('Time of the oldest entry of the history'),
  entries: z.int().nonnegative(),
  told: z.int().nonnegative(),
  resolved: z.int().nonnegative(),
  muted: z.int().nonnegative(),
  inhibited: z.int().nonnegative(),
  firingNow: z.int().nonnegative(),
  bySeverity: counts,
  byType: counts,
  byChannel: z.record(
    z.string(),
    z.object({ delivered: z.int().nonnegative(), failed: z.int().nonnegative() }),
  ),
  byHour: z.array(z.int().nonnegative()).describe('How many were told in each hour of the day, UTC'),
  meanTimeToResolveMs: z.number().nullable(),
  noisiest: z.array(
    z.object({
      fingerprint: z.string(),
      title: z.string(),
      source: z.string(),
      told: z.int().nonnegative(),
      held: z.int().nonnegative().describe('How often it was held back'),
    }),
  ),
});
export type AlertStatistics = z.infer<typeof alertStatisticsSchema>;

export const reportStepSchema = z.object({
  step: z.string().describe('The number of a built-in STEP, or the name of one of your own'),
  name: z.string(),
  risk: z.enum(RISKS),
  reversibility: z.enum(REVERSIBILITIES),
  state: z.enum(STEP_STATES),
  matched: z.int().nonnegative(),
  modified: z.int().nonnegative(),
  conflicts: z.int().nonnegative(),
  impact: z.string(),
  durationMs: z.number().nonnegative(),
  error: z.string().optional(),
  /** Lines that a plan shows below the step: what changes, samples, warnings. */
  details: z.array(z.string()).optional(),
});
export type ReportStep = z.infer<typeof reportStepSchema>;

export const historyEntrySchema = z.object({
  operationId: z.string(),
  operation: z.string(),
  state: z.enum(OPERATION_STATES),
  steps: z.array(z.string()),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  actor: z.string(),
  modified: z.int().nonnegative(),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

export const reportRollbackSchema = z.object({
  operation: z.enum(['plan', 'apply', 'resume', 'restore', 'status', 'history', 'unlock', 'purge', 'record', 'seal']),
  operationId: z.string(),
  planDigest: z.string(),
  confirm: z
    .string()
    .optional()
    .describe('The phrase to give as `confirm` for steps of high or critical risk'),
  state: z.enum(OPERATION_STATES),
  steps: z.array(reportStepSchema),
  history: z.array(historyEntrySchema).optional(),
  warnings: z.array(z.string()).optional(),
});
export type ReportRollback = z.infer<typeof reportRollbackSchema>;

export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA),
  mode: z.enum(['verify', 'alert', 'rollback']),
  environment: z.string(),
  dryRun: z.boolean(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  verdict: verdictSchema,
  cause: z.string().optional().describe('The one cause behind the symptoms, or what ended the run'),
  run: z
    .object({
      repository: z.string().optional(),
      workflow: z.string().optional(),
      runId: z.string().optional(),
      url: z.string().optional(),
      commit: z.string().optional(),
      actor: z.string().optional(),
    })
    .optional(),
  phases: z.array(phaseSchema).optional(),
  checks: z.array(checkSchema),
  measurements: z.array(measurementSchema).optional(),
  alerts: z.array(reportAlertSchema),
  alertStatistics: alertStatisticsSchema
    .optional()
    .describe('What the alert history of the environment says'),
  rollback: reportRollbackSchema.optional(),
  notices: z.array(z.string()).optional().describe('What the reader should know beside the verdict'),
});
export type Report = z.infer<typeof reportSchema>;

/** What a mode returns; the run adds mode, environment and times. */
export type ModeResult = Pick<
  Report,
  | 'verdict'
  | 'cause'
  | 'phases'
  | 'checks'
  | 'measurements'
  | 'alerts'
  | 'alertStatistics'
  | 'rollback'
  | 'notices'
> & {
  /** Whether the step fails (exit code 1). The mode decides, by its own settings. */
  failed: boolean;
};
