import type { StepDefinition } from '../steps/catalogue.ts';

export const OPERATIONS = [
  'plan',
  'apply',
  'resume',
  'restore',
  'status',
  'history',
  'unlock',
  'purge',
  'record',
  'seal',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Validated settings of a rollback run; nothing in it is text to parse any more. */
export interface RollbackOptions {
  readonly operation: Operation;
  /** For `plan` and `apply`: the STEPs in the order in which they are applied. */
  readonly steps: readonly StepDefinition[];
  /** For `restore`: numbers or names of STEPs of the operation; none = all that it has changed. */
  readonly chosen: readonly string[];
  /** For `record`: the collections that are watched, and those that are copied beforehand. */
  readonly collections: readonly string[];
  readonly copy: readonly string[];
  /** For `seal`: which changes the operation holds (`orders.status`, `orders:insert`); null = all. */
  readonly fields: readonly string[] | null;
  readonly operationId?: string;
  readonly planDigest?: string;
  readonly confirm?: string;
  /** Documents a batch at most. */
  readonly batchSize: number;
  readonly maxLagMs: number;
  readonly maxDurationMs: number;
  /** `fail`: a STEP with conflicts is done as far as it can be, then the operation stops. */
  readonly onConflict: 'fail' | 'skip';
  readonly requiredPermission: 'admin' | 'maintain' | 'write' | 'none';
  /** A batch that takes longer makes the next one smaller. */
  readonly targetBatchMs: number;
  /** A holder that is not heard of for so long has lost its lease. */
  readonly leaseMs: number;
  /** Fields whose values a plan does not show. */
  readonly sensitiveFields: readonly string[];
  /** How long an undo is promised after an operation ended; `purge` refuses before. */
  readonly journalRetentionMs: number;
  /** Entries on a page of `history`, and how many pages to pass over. */
  readonly historyLimit: number;
  readonly historySkip: number;
  /** Use transactions where the server has them. */
  readonly transactions: 'auto' | 'never';
}

export const ROLLBACK_DEFAULTS = {
  chosen: [] as readonly string[],
  collections: [] as readonly string[],
  copy: [] as readonly string[],
  fields: null,
  batchSize: 500,
  maxLagMs: 1_500,
  maxDurationMs: 30 * 60_000,
  onConflict: 'fail',
  requiredPermission: 'admin',
  targetBatchMs: 500,
  leaseMs: 30_000,
  sensitiveFields: [
    'email',
    'phone',
    'mobile',
    'address',
    'name',
    'password',
    'password_hash',
    'token',
    'secret',
    'card',
    'iban',
    'pan',
    'aadhaar',
    'ssn',
    'date_of_birth',
  ] as readonly string[],
  journalRetentionMs: 30 * 24 * 3_600_000,
  historyLimit: 20,
  historySkip: 0,
  transactions: 'auto',
} as const satisfies Partial<RollbackOptions>;
