import type { Db, MongoClient } from 'mongodb';
import type { Clock } from '../../support/clock.ts';
import type { Log } from '../../support/log.ts';
import type { RunContext } from '../../support/run-context.ts';

export const PERMISSIONS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Asks the platform what the actor may do on the repository. */
export interface PermissionPort {
  /** @throws Error with a message for people where it may not be asked or does not answer. */
  permissionOf(actor: string): Promise<Permission>;
  /** Whether the environment of this name asks for a review before a job runs; undefined where unknown. */
  environmentProtected?(environment: string): Promise<boolean | undefined>;
}

/** What a rollback needs from outside. The caller opens and closes the client. */
export interface RollbackPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Its reason is `Interrupted`. */
  readonly signal: AbortSignal;
  redact(text: string): string;
  readonly environment: string;
  readonly dryRun: boolean;
  readonly client: MongoClient;
  readonly db: Db;
  /** The state database: operations, journal, leases, audit. */
  readonly state: Db;
  readonly run: RunContext;
  readonly permission?: PermissionPort;
  /** Shows the plan on the pull request. */
  comment?(markdown: string): Promise<void>;
  /** 0 ≤ x < 1. */
  random(): number;
}

/** Who this run is, for others to read. */
export function holderName(ports: Pick<RollbackPorts, 'run'>): string {
  const { actor, host, url, runId } = ports.run;
  return `${actor} on ${host}${url ? ` (${url})` : runId ? ` (run ${runId})` : ''}, process ${process.pid}`;
}
