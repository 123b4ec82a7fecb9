import type { Document } from 'mongodb';
import { NotThere } from './skip.ts';

/** What one answer of `replSetGetStatus` says. */
export interface ReplicationReading {
  readonly set: string;
  readonly members: number;
  /** Members beside the primary that hold data, or should. */
  readonly others: number;
  /** Seconds behind the primary, by name of the member; those that replicate and are alive. */
  readonly lag: ReadonlyMap<string, number>;
  /** Members that should serve and do not, with their state. */
  readonly unhealthy: readonly string[];
  readonly hasPrimary: boolean;
}

const PRIMARY = 1;
const SECONDARY = 2;
const ARBITER = 7;
/** RECOVERING, UNKNOWN, DOWN, ROLLBACK, REMOVED. */
const BAD_STATES = new Set([3, 6, 8, 9, 10]);

/**
 * Lag is max(0, primary − member): a member's operation time may be newer than what this server last heard
 * of the primary, which is not lag. Pure.
 */
export function readReplication(status: Document): ReplicationReading {
  const members = arrayOf(status.members);
  const primary = members.find((member) => member.state === PRIMARY);
  const newest = timeOf(primary?.optimeDate);
  const lag = new Map<string, number>();
  for (const member of members) {
    const applied = timeOf(member.optimeDate);
    if (member.state !== SECONDARY || member.health === 0 || newest === undefined || applied === undefined)
      continue;
    lag.set(String(member.name), Math.max(0, newest - applied) / 1_000);
  }
  return {
    set: String(status.set ?? ''),
    members: members.length,
    others: members.filter(({ state }) => state !== PRIMARY && state !== ARBITER).length,
    lag,
    unhealthy: members
      .filter((member) => member.health === 0 || BAD_STATES.has(Number(member.state)))
      .map((member) => `${member.name} (${member.stateStr ?? member.state})`),
    hasPrimary: primary !== undefined,
  };
}

/**
 * The lag that lasts: for each member the least of several readings, of those the greatest. On an idle set
 * the first write after a while makes a member look minutes behind until the next heartbeat; a member that
 * is really behind is so in every reading. Pure.
 */
export function lastingLag(
  readings: readonly ReplicationReading[],
): { member: string; seconds: number } | undefined {
  const last = readings.at(-1);
  let worst: { member: string; seconds: number } | undefined;
  for (const [member, seconds] of last?.lag ?? []) {
    const least = Math.min(
      seconds,
      ...readings.map((reading) => reading.lag.get(member) ?? Number.POSITIVE_INFINITY),
    );
    if (!worst || least > worst.seconds) worst = { member, seconds: least };
  }
  return worst;
}

/** Seconds from the oldest to the newest entry of the oplog. Pure. */
export function oplogWindow(first: Document | undefined, last: Document | undefined): number {
  const from = secondsOf(first?.ts);
  const to = secondsOf(last?.ts);
  if (from === undefined || to === undefined) throw new NotThere('the server has no oplog');
  return Math.max(0, to - from);
}

function timeOf(value: unknown): number | undefined {
  return value instanceof Date ? value.getTime() : undefined;
}

/** The seconds of a BSON timestamp. */
function secondsOf(value: unknown): number | undefined {
  const bits = value as { getHighBits?: () => number } | null | undefined;
  return typeof bits?.getHighBits === 'function' ? bits.getHighBits() >>> 0 : undefined;
}

function arrayOf(value: unknown): Document[] {
  return Array.isArray(value) ? value : [];
}
