import { type Db, MongoClient } from 'mongodb';
import { confirmationPhrase } from '../../src/rollback/commands/guardrails.ts';
import { ROLLBACK_DEFAULTS } from '../../src/rollback/model/options.ts';
import { rollback } from '../../src/rollback/rollback.ts';
import { BUILT_IN_STEPS } from '../../src/rollback/steps/catalogue.ts';
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';
import { freshDatabaseName, type TestMongo } from '../../test/support/mongo.ts';
import type { SeedOptions } from '../../test/support/seed-data.ts';

export interface StepTime {
  step: string;
  documents: number;
  applyMs: number;
  /** A second run, with nothing left to do: its time, and the commands that it sends. */
  againMs: number;
  againCommands: number;
  restoreMs: number;
}

/** Every STEP that the server can do, on a shop of so many orders. */
export async function stepTimes(
  mongo: TestMongo,
  orders: number,
  seed: (db: Db, options: SeedOptions) => Promise<unknown>,
): Promise<StepTime[]> {
  const client = new MongoClient(mongo.uri, { monitorCommands: true });
  let commands = 0;
  client.on('commandStarted', () => {
    commands += 1;
  });
  const name = freshDatabaseName('bench');
  const found: StepTime[] = [];
  try {
    const db = client.db(name);
    await seed(db, { orders, validators: mongo.capabilities.validators });
    for (const definition of BUILT_IN_STEPS) {
      if (definition.reversals.some(({ kind }) => kind === 'edit-validator') && !mongo.capabilities.collMod)
        continue;
      const confirm = confirmationPhrase([definition], 'bench');
      const run = async (operation: 'apply' | 'restore') => {
        const [before, started] = [commands, performance.now()];
        const result = await rollback(
          {
            ...ROLLBACK_DEFAULTS,
            operation,
            steps: operation === 'apply' ? [definition] : [],
            requiredPermission: 'none',
            ...(confirm === undefined ? {} : { confirm }),
          },
          {
            clock: systemClock,
            log: silentLog,
            signal: new AbortController().signal,
            redact: (text) => text,
            environment: 'bench',
            dryRun: false,
            client,
            db,
            state: client.db(`${name}_state`),
            run: { actor: 'bench', host: 'bench' },
            random: Math.random,
          },
        );
        if (result.failed) throw new Error(`STEP ${definition.step}: ${result.cause}`);
        return {
          ms: Math.round(performance.now() - started),
          commands: commands - before,
          modified: result.rollback?.steps[0]?.modified ?? 0,
          operationId: result.rollback?.operationId,
        };
      };
      const applied = await run('apply');
      const again = await run('apply');
      if (again.modified !== 0)
        throw new Error(`STEP ${definition.step}: a second run changed ${again.modified}`);
      // The second run changed nothing, so the one before is what there is to restore.
      await client
        .db(`${name}_state`)
        .collection('rollback_operations')
        .deleteOne({ _id: again.operationId as never });
      const restored = await run('restore');
      found.push({
        step: definition.step,
        documents: applied.modified,
        applyMs: applied.ms,
        againMs: again.ms,
        againCommands: again.commands,
        restoreMs: restored.ms,
      });
    }
    return found;
  } finally {
    await client.db(name).dropDatabase();
    await client.db(`${name}_state`).dropDatabase();
    await client.close();
  }
}
