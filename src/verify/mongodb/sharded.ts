import type { Document } from 'mongodb';
import { lastingLag, type ReplicationReading } from './replication.ts';

/** A member of a shard, as it answers `hello` itself. */
export interface ShardMember {
  readonly name: string;
  readonly state: 'primary' | 'secondary' | 'arbiter' | 'unreachable' | 'other';
  /** When the last write that it has was made. */
  readonly lastWrite?: Date;
  /** Why it cannot be reached. */
  readonly error?: string;
}

/** Watches the members of a replica set without logging in: `hello` asks for no user. */
export interface MemberWatch {
  members(): readonly ShardMember[];
  close(): Promise<void>;
}

/** @param seeds `SET/HOST:PORT,HOST:PORT`, as `listShards` writes it. Comes back once each member answered or ran out of time. */
export type WatchMembers = (seeds: string) => Promise<MemberWatch>;

export interface ShardsReading {
  readonly shards: number;
  /** Over all shards; undefined where no secondary replicates. */
  readonly lag?: { readonly member: string; readonly seconds: number };
  readonly unhealthy: readonly string[];
  /** Members beside the primaries that hold data, or should. */
  readonly others: number;
  /** Shards without a primary. */
  readonly headless: readonly string[];
  /** Shards of which no member can be reached from here, with the reason. */
  readonly unreached: readonly string[];
}

const READINGS = 3;
const PAUSE_MS = 2_500;

/** Reads how far the members of each shard are, from the members themselves: `mongos` does not report it. */
export async function readShards(
  command: (database: string, document: Document) => Promise<Document>,
  watch: WatchMembers,
  sleep: (ms: number) => Promise<void>,
): Promise<ShardsReading> {
  const answer = await command('admin', { listShards: 1 });
  if (!Array.isArray(answer.shards)) throw new Error('the answer of the server holds no list of shards');
  const shards: Document[] = answer.shards;
  const watches: MemberWatch[] = [];
  try {
    // One at a time: a cluster has few shards, and a runner need not open a hundred connections at once.
    for (const shard of shards) watches.push(await watch(String(shard.host)));
    const readings: ReplicationReading[][] = watches.map(() => []);
    for (let reading = 0; reading < READINGS; reading++) {
      if (reading > 0) await sleep(PAUSE_MS);
      for (const [index, one] of watches.entries()) {
        readings[index]?.push(replicationOf(String(shards[index]?._id), one.members()));
      }
      if (readings.every((list) => (lastingLag(list)?.seconds ?? 0) <= 1)) break;
    }
    const lags = readings.flatMap((list) => lastingLag(list) ?? []);
    const last = readings.flatMap((list) => list.at(-1) ?? []);
    const reached = last.filter((_reading, index) => isReached(watches[index]));
    const worst = lags.sort((a, b) => b.seconds - a.seconds)[0];
    return {
      shards: shards.length,
      ...(worst ? { lag: worst } : {}),
      unhealthy: reached.flatMap(({ unhealthy }) => unhealthy),
      others: last.reduce((sum, { others }) => sum + others, 0),
      headless: reached.filter(({ hasPrimary }) => !hasPrimary).map(({ set }) => set),
      unreached: last.flatMap(({ set }, index) =>
        isReached(watches[index]) ? [] : [`${set} (${whyOf(watches[index])})`],
      ),
    };
  } finally {
    await Promise.allSettled(watches.map((one) => one.close()));
  }
}

/** What the members of one shard say, in the form of `replSetGetStatus`. Pure. */
export function replicationOf(set: string, members: readonly ShardMember[]): ReplicationReading {
  const primary = members.find(({ state }) => state === 'primary');
  const newest = primary?.lastWrite?.getTime();
  const lag = new Map<string, number>();
  for (const { name, state, lastWrite } of members) {
    if (state !== 'secondary' || newest === undefined || lastWrite === undefined) continue;
    lag.set(`${set} ${name}`, Math.max(0, newest - lastWrite.getTime()) / 1_000);
  }
  return {
    set,
    members: members.length,
    others: members.filter(({ state }) => state !== 'primary' && state !== 'arbiter').length,
    lag,
    unhealthy: members
      .filter(({ state }) => state === 'unreachable' || state === 'other')
      .map(({ name, state, error }) => `${set} ${name} (${error ?? state})`),
    hasPrimary: primary !== undefined,
  };
}

function isReached(watch: MemberWatch | undefined): boolean {
  return watch?.members().some(({ state }) => state !== 'unreachable') === true;
}

function whyOf(watch: MemberWatch | undefined): string {
  return watch?.members().find(({ error }) => error !== undefined)?.error ?? 'no member answers';
}
