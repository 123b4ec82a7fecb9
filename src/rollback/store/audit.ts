import { ObjectId } from 'mongodb';
import type { RollbackPorts } from '../model/ports.ts';
import type { Retry } from '../mongo/retry.ts';
import { runWrite } from '../mongo/run-write.ts';
import { runRecord } from './operations.ts';

export const AUDIT = 'rollback_audit';

export interface AuditEntry {
  readonly event:
    | 'operation.started'
    | 'operation.resumed'
    | 'operation.ended'
    | 'step.ended'
    | 'lease.unlocked'
    | 'journal.purged';
  readonly operationId: string;
  readonly operation: string;
  readonly step?: string;
  readonly records?: number;
  readonly conflicts?: number;
  readonly outcome: string;
  readonly error?: string;
}

/** The trail of who did what, when and where. Only ever inserted; holds no document values. */
export class Audit {
  readonly #ports: RollbackPorts;
  readonly #retry: Retry;

  constructor(ports: RollbackPorts, retry: Retry) {
    this.#ports = ports;
    this.#retry = retry;
  }

  /** @throws Error where the entry cannot be written: what is not on record does not go on. */
  async write(entry: AuditEntry): Promise<void> {
    const { clock, environment, db, run, state, redact } = this.#ports;
    const document = {
      _id: new ObjectId(),
      at: new Date(clock.now()),
      environment,
      database: db.databaseName,
      actor: run.actor,
      host: run.host,
      run: runRecord(run),
      ...entry,
      ...(entry.error === undefined ? {} : { error: redact(entry.error).slice(0, 2_000) }),
    };
    await this.#retry('write the audit trail', async () => {
      // A second try meets the entry of the first.
      const expected = { refused: 'the audit trail refused an entry', known: 11000 };
      await runWrite(state, { insert: AUDIT, documents: [document] }, expected);
    });
  }
}
