import type { Db, Document } from 'mongodb';
import type { ServerFacts } from './server.ts';

/** How far the slowest member is behind. Unknown is not zero. */
export type Lag =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly ms: number }
  | { readonly kind: 'unknown'; readonly why: string };

/** Asks the server; a user who may not see the members is told by what `hello` knows of the majority. */
export async function replicationLag(db: Db, facts: ServerFacts): Promise<Lag> {
  if (facts.sharded) return { kind: 'unknown', why: 'a router does not know the lag of the shards' };
  if (facts.replicaSet === undefined) return { kind: 'none' };
  try {
    return lagOfMembers(await db.admin().command({ replSetGetStatus: 1 }));
  } catch {
    return lagOfMajority(await db.admin().command({ hello: 1 }));
  }
}

/** From `replSetGetStatus`: the primary's last write against that of the slowest secondary. Pure. */
export function lagOfMembers(status: Document): Lag {
  const members = Array.isArray(status.members) ? (status.members as Document[]) : [];
  const primary = members.find((member) => member.stateStr === 'PRIMARY');
  if (!(primary?.optimeDate instanceof Date)) return { kind: 'unknown', why: 'there is no primary' };
  const others = members.filter((member) => member !== primary && member.stateStr !== 'ARBITER');
  let most = 0;
  for (const member of others) {
    if (member.stateStr !== 'SECONDARY' || member.health === 0 || !(member.optimeDate instanceof Date)) {
      return { kind: 'unknown', why: `a member is ${String(member.stateStr ?? 'not reachable')}` };
    }
    most = Math.max(most, primary.optimeDate.getTime() - member.optimeDate.getTime());
  }
  return { kind: 'known', ms: most };
}

/** From `hello`: the last write against the last one that a majority has. Pure. */
export function lagOfMajority(hello: Document): Lag {
  const { lastWriteDate, majorityWriteDate } = (hello.lastWrite ?? {}) as Document;
  if (!(lastWriteDate instanceof Date) || !(majorityWriteDate instanceof Date)) {
    return { kind: 'unknown', why: 'the server does not say what the majority has' };
  }
  return { kind: 'known', ms: Math.max(0, lastWriteDate.getTime() - majorityWriteDate.getTime()) };
}
