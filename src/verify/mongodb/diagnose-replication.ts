import type { Diagnosis, SendCommand } from './diagnose.ts';
import { lastingLag, type ReplicationReading, readReplication } from './replication.ts';
import { readShards, type WatchMembers } from './sharded.ts';
import { NotThere, type Skip } from './skip.ts';

interface Tools {
  readonly command: SendCommand;
  readonly sleep: (ms: number) => Promise<void>;
  readonly diagnosis: Diagnosis;
  readonly set: (metric: string, value: unknown, unit: 's' | '', detail?: string) => void;
}

const READINGS = 3;
/** Members exchange their progress every two seconds. */
const PAUSE_MS = 2_500;

/** Lag and health of a replica set, as one of its members sees them. */
export async function setReplication({ command, sleep, diagnosis, set }: Tools): Promise<void> {
  const { skips, facts } = diagnosis;
  const readings: ReplicationReading[] = [];
  for (let reading = 0; reading < READINGS; reading++) {
    if (reading > 0) await sleep(PAUSE_MS);
    readings.push(readReplication(await command('admin', { replSetGetStatus: 1 })));
    if ((lastingLag(readings)?.seconds ?? 0) <= 1) break;
  }
  const last = readings.at(-1);
  if (!last || last.members === 0) {
    for (const metric of ['mongodb_unhealthy_members', 'mongodb_replication_lag']) set(metric, undefined, '');
    return;
  }
  facts.push(last.members === 1 ? '1 member' : `${last.members} members`);
  set('mongodb_unhealthy_members', last.unhealthy.length, '', last.unhealthy.join(', '));
  if (!last.hasPrimary) {
    skips.set('mongodb_replication_lag', { kind: 'failed', reason: 'the replica set has no primary' });
    return;
  }
  const lag = lastingLag(readings);
  if (lag) set('mongodb_replication_lag', lag.seconds, 's', lag.seconds > 0 ? lag.member : undefined);
  else skips.set('mongodb_replication_lag', noSecondaryReplicates(last.others));
}

/** Lag and health of each shard, read from its members: `mongos` does not report them. */
export async function shardedReplication(
  { command, sleep, diagnosis, set }: Tools,
  watchMembers: WatchMembers | undefined,
): Promise<void> {
  const { skips, facts } = diagnosis;
  if (!watchMembers) throw new NotThere('not reported by mongos');
  const reading = await readShards(command, watchMembers, sleep);
  facts.push(reading.shards === 1 ? '1 shard' : `${reading.shards} shards`);
  diagnosis.headless.push(...reading.headless);
  const unreached: Skip | undefined =
    reading.unreached.length > 0
      ? {
          kind: 'failed',
          reason: `not reported by mongos, and these shards cannot be reached from here: ${reading.unreached.join('; ')}`,
          hint: 'Let the runner reach the members of each shard, or leave this to a monitor inside their network.',
        }
      : undefined;
  // What is seen to be ill counts, whatever else could not be seen.
  if (unreached && reading.unhealthy.length === 0) skips.set('mongodb_unhealthy_members', unreached);
  else set('mongodb_unhealthy_members', reading.unhealthy.length, '', reading.unhealthy.join(', '));
  if (reading.headless.length > 0) {
    skips.set('mongodb_replication_lag', {
      kind: 'failed',
      reason: `without a primary: ${reading.headless.join(', ')}`,
    });
  } else if (unreached) skips.set('mongodb_replication_lag', unreached);
  else if (reading.lag) {
    const { seconds, member } = reading.lag;
    set('mongodb_replication_lag', seconds, 's', seconds > 0 ? member : undefined);
  } else skips.set('mongodb_replication_lag', noSecondaryReplicates(reading.others));
}

/** Where there are secondaries and none of them replicates, lag is not absent but beyond measure. */
function noSecondaryReplicates(others: number): Skip {
  return others > 0
    ? { kind: 'failed', reason: 'there are secondaries, and none of them is replicating' }
    : { kind: 'missing', reason: 'there is no secondary' };
}
