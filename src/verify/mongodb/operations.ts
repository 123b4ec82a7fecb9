import type { Document } from 'mongodb';

/** An operation that has been running for long. */
export interface LongOperation {
  readonly seconds: number;
  readonly what: string;
}

/** Operations of the server itself, or that wait by design. */
const OWN =
  /^(conn-)?(Replication|OplogFetcher|WT|Journal|TTLMonitor|Checkpoint|initandlisten|rsSync|Session)/i;

/**
 * Operations of users in `$currentOp`'s answer that have been running longer than allowed. Waiting by
 * design does not count: tailing the oplog, change streams, `hello`. Pure.
 */
export function longOperations(inProgress: readonly Document[], allowedSeconds: number): LongOperation[] {
  return inProgress
    .filter((operation) => {
      const seconds = Number(operation.secs_running ?? 0);
      const namespace = String(operation.ns ?? '');
      return (
        operation.active === true &&
        seconds > allowedSeconds &&
        operation.op !== 'none' &&
        !/^(local|config|admin)\./.test(namespace) &&
        !OWN.test(String(operation.desc ?? '')) &&
        !waits(operation)
      );
    })
    .map((operation) => ({
      seconds: Number(operation.secs_running),
      what: `${operation.op} on ${operation.ns}${operation.opid === undefined ? '' : ` (opid ${operation.opid})`}`,
    }))
    .sort((a, b) => b.seconds - a.seconds);
}

function waits(operation: Document): boolean {
  const command = (operation.command ?? {}) as Document;
  const origin = (operation.cursor?.originatingCommand ?? {}) as Document;
  if ('hello' in command || 'isMaster' in command || 'ismaster' in command) return true;
  if (operation.cursor?.tailable === true || operation.cursor?.awaitData === true) return true;
  const stages = [...arrayOf(command.pipeline), ...arrayOf(origin.pipeline)];
  return stages.some((stage) => '$changeStream' in stage);
}

/** Namespaces whose index is being built, in `$currentOp`'s answer. Pure. */
export function buildingIndexes(inProgress: readonly Document[]): string[] {
  return inProgress
    .filter(
      (operation) =>
        /^Index Build/i.test(String(operation.msg ?? '')) ||
        (operation.active === true &&
          (operation.command as Document | undefined)?.createIndexes !== undefined),
    )
    .map((operation) => {
      const { done, total } = (operation.progress ?? {}) as { done?: unknown; total?: unknown };
      const share = Number(total) > 0 ? ` (${Math.floor((100 * Number(done)) / Number(total))} %)` : '';
      return `${operation.ns ?? 'an index'}${share}`;
    });
}

/**
 * How many slow queries on a database the server's log holds since a time; undefined where it cannot be read:
 * before MongoDB 4.4 it is plain text, and says nothing that could be counted safely. Pure.
 */
export function slowQueries(log: readonly unknown[], database: string, since: Date): number | undefined {
  if (log.length > 0 && !log.some((line) => typeof line === 'string' && line.startsWith('{')))
    return undefined;
  let count = 0;
  for (const line of log) {
    if (typeof line !== 'string' || !line.includes('Slow query')) continue;
    try {
      const entry = JSON.parse(line) as { t?: { $date?: string }; msg?: string; attr?: { ns?: string } };
      const at = Date.parse(entry.t?.$date ?? '');
      const mine = entry.attr?.ns?.startsWith(`${database}.`) === true;
      if (entry.msg === 'Slow query' && mine && at >= since.getTime()) count++;
    } catch {
      // Cut off: the server shows no more than a part of a long line.
    }
  }
  return count;
}

function arrayOf(value: unknown): Document[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}
