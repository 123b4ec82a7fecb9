/**
 * One run of `rollback` that kills itself with SIGKILL at a point that its parent chose: at the n-th command,
 * as it is sent or as its answer comes, and a moment later.
 */
import { MongoClient } from 'mongodb';
import { ROLLBACK_DEFAULTS } from '../../../src/rollback/model/options.ts';
import { rollback } from '../../../src/rollback/rollback.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { silentLog } from '../../../src/support/log.ts';
import type { ChildTask } from './chaos.ts';

async function main(task: ChildTask): Promise<void> {
  const client = new MongoClient(task.uri, { monitorCommands: true });
  let seen = 0;
  const die = () => {
    if (task.kill === undefined || ++seen !== task.kill.nth) return;
    if (task.kill.delayMs === 0) process.kill(process.pid, 'SIGKILL');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), task.kill.delayMs);
  };
  if (task.kill) client.on(task.kill.event, die);
  try {
    const result = await rollback(
      {
        ...ROLLBACK_DEFAULTS,
        operation: task.operation,
        steps: task.steps,
        ...(task.operationId === undefined ? {} : { operationId: task.operationId }),
        requiredPermission: 'none',
        batchSize: task.batchSize,
        onConflict: 'skip',
      },
      {
        clock: systemClock,
        log: silentLog,
        signal: new AbortController().signal,
        redact: (text) => text,
        environment: 'chaos',
        dryRun: false,
        client,
        db: client.db(task.database),
        state: client.db(`${task.database}_state`),
        run: { actor: 'chaos', host: 'child' },
        random: Math.random,
      },
    );
    process.stdout.write(JSON.stringify(result));
  } finally {
    await client.close();
  }
}

main(JSON.parse(process.argv[2] ?? '{}') as ChildTask).catch((error: unknown) => {
  process.stderr.write(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exitCode = 1;
});
