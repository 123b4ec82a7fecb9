import type { MongoClient } from 'mongodb';
import type { ModeResult } from '../../src/report/schema.ts';
import { ROLLBACK_DEFAULTS } from '../../src/rollback/model/options.ts';
import { rollback } from '../../src/rollback/rollback.ts';
import { BUILT_IN_STEPS } from '../../src/rollback/steps/catalogue.ts';
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';

export interface ProductRun {
  readonly operation: 'apply' | 'resume' | 'restore';
  readonly operationId?: string;
  readonly onConflict?: 'fail' | 'skip';
  /** How long a run that died keeps its lease. */
  readonly leaseMs?: number;
}

/** One run of this product on STEP 19: plan, lease, audit, journal, conditional writes, checkpoints, verification. */
export function runProduct(client: MongoClient, database: string, run: ProductRun): Promise<ModeResult> {
  const { operation, operationId, ...options } = run;
  return rollback(
    {
      ...ROLLBACK_DEFAULTS,
      operation,
      steps: operation === 'apply' ? BUILT_IN_STEPS.filter(({ step }) => step === '19') : [],
      ...(operationId === undefined ? {} : { operationId }),
      ...options,
      requiredPermission: 'none',
      transactions: 'never',
    },
    {
      clock: systemClock,
      log: silentLog,
      signal: new AbortController().signal,
      redact: (text) => text,
      environment: 'bench',
      dryRun: false,
      client,
      db: client.db(database),
      state: client.db(`${database}_state`),
      run: { actor: 'bench', host: 'bench' },
      random: Math.random,
    },
  );
}
