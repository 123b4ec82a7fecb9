import { Binary } from 'mongodb';
import { ConfigurationError, messageOf } from '../support/errors.ts';
import { newUnit } from './apply.ts';
import { restoreSpec, specChange } from './apply-spec.ts';
import { type Batch, type Conflict, type Item, idBytes, readId, reversed } from './batch.ts';
import { identityKey } from './bson/condition.ts';
import { collectionFacts } from './collections.ts';
import { isConflict, prepareItem } from './item.ts';
import { foldInto, type Journal, type JournalKey, JournalTampered } from './journal.ts';
import { holderName, LeaseLost } from './lease.ts';
import { type Bench, holdOperation, newOperationId, unknownOperation } from './operation.ts';
import { Fenced, type OperationRecord, runRecord, type StepRecord } from './operations.ts';
import { Pace } from './pace.ts';
import { runPipeline } from './pipeline.ts';
import { expand } from './reversals/expand.ts';
import type { DocumentUnit } from './reversals/unit.ts';
import { type Outcome, recordedDefinition, totals } from './run-steps.ts';
import {
  journalKey,
  mustStop,
  noteConflicts,
  type Place,
  saveStep,
  saveUnit,
  stepAt,
  unitAt,
  type Work,
} from './work.ts';
import { type WriteResult, type WriteTarget, writeItems } from './write.ts';

/** Undoes an operation, or some of its STEPs, from the journal: each document gets back what it had. */
export async function restore(bench: Bench): Promise<OperationRecord> {
  const { options, ports, operations } = bench;
  const of = options.operationId ?? (await latestApply(bench));
  const operationId = newOperationId(ports.clock.now());
  return holdOperation(
    bench,
    operationId,
    async (lease, journal) => {
      const original = await operations.find(of);
      if (original === undefined || original.database !== ports.db.databaseName) throw unknownOperation(of);
      if (original.kind !== 'apply') {
        throw new ConfigurationError({
          where: 'operation-id',
          message: `operation ${of} is itself a restore`,
          hint: 'Apply the STEPs again to undo a restore.',
        });
      }
      if (original.purgedAt) {
        throw new ConfigurationError({
          where: 'operation-id',
          message: `the journal of operation ${of} was purged at ${original.purgedAt.toISOString()}; it cannot be undone`,
          hint: 'Restore from a backup; see ROLLBACK_PROCEDURES.md.',
        });
      }
      const steps = touched(original, options.chosen);
      for (const step of steps) await verifyJournal(journal, of, step);
      const now = new Date(ports.clock.now());
      const record: OperationRecord = {
        ...original,
        _id: operationId,
        kind: 'restore',
        environment: ports.environment,
        state: 'running',
        token: lease.token,
        holder: holderName(ports),
        of,
        restoredBy: null,
        purgedAt: null,
        startedAt: now,
        updatedAt: now,
        finishedAt: null,
        actor: ports.run.actor,
        run: runRecord(ports.run),
        steps: steps.map((step) => ({
          ...step,
          state: 'pending',
          durationMs: 0,
          matched: totals(step).modified,
          units: step.units.map((unit) => newUnit(unit.collection, unit.summary, unit.modified)),
          conflictSamples: [],
          error: null,
        })),
        error: null,
      };
      return { record, resumed: false };
    },
    restoreSteps,
  );
}

/** The STEPs of a restore's record, the last applied first. */
export async function restoreSteps(work: Work): Promise<Outcome> {
  const { record } = work;
  const of = record.of ?? '';
  for (const [index, step] of record.steps.entries()) {
    if (step.state === 'restored' || (step.state === 'conflicted' && work.options.onConflict === 'skip'))
      continue;
    if (mustStop(work)) return 'interrupted';
    const outcome = await work.ports.log.group(`restore STEP ${step.step} ${step.name}`, () =>
      restoreStep(work, index, of),
    );
    if (outcome !== 'succeeded') return outcome;
  }
  await markOriginal(work, of);
  return 'succeeded';
}

async function restoreStep(work: Work, index: number, of: string): Promise<Outcome> {
  const step = stepAt(work, { step: index });
  const started = work.ports.clock.monotonic();
  const spent = () => step.durationMs + work.ports.clock.monotonic() - started;
  await saveStep(work, index, { state: 'rolling_back', error: null });
  try {
    const units = expand(recordedDefinition(step).reversals);
    for (const [position, unit] of [...units.entries()].reverse()) {
      const place = { step: index, unit: position };
      if (step.units[position]?.state === 'done') continue;
      if (mustStop(work)) return 'interrupted';
      const key = journalKey(of, step, position);
      if (unit.kind === 'documents') {
        if (!(await restoreDocuments(work, place, unit, key))) return 'interrupted';
      } else {
        for await (const entry of work.journal.entries(key)) {
          if (entry.conflict !== undefined) continue;
          const outcome = await restoreSpec(work, unit, specChange(entry));
          if (outcome === 'conflict') noteConflicts(work, place, [{ id: entry.id, reason: 'changed' }]);
          else if (outcome === 'done') unitAt(work, place).modified = 1;
        }
      }
      unitAt(work, place).state = 'done';
      await saveUnit(work, place);
    }
  } catch (error) {
    if (error instanceof Fenced || error instanceof LeaseLost) throw error;
    if (work.ports.signal.aborted) return 'interrupted';
    await endStep(work, index, 'rollback_failed', spent(), work.ports.redact(messageOf(error)));
    return 'failed';
  }
  const { conflicts } = totals(step);
  const state = conflicts > 0 ? 'conflicted' : 'restored';
  await endStep(work, index, state, spent());
  return state === 'conflicted' && work.options.onConflict === 'fail' ? 'failed' : 'succeeded';
}

/** Gives a unit's documents back what they had, the last first. @returns false where it was told to stop. */
async function restoreDocuments(
  work: Work,
  place: Place,
  unit: DocumentUnit,
  key: JournalKey,
): Promise<boolean> {
  const record = unitAt(work, place);
  const step = stepAt(work, place);
  const facts = await work.retry(`read ${unit.collection}`, () =>
    collectionFacts(work.ports.db, unit.collection),
  );
  const pace = new Pace(work, `restore STEP ${step.step} ${unit.collection}`, record.matched);
  const target = { db: work.ports.db, collection: unit.collection, maxWriteBatch: work.facts.maxWriteBatch };
  record.state = 'running';
  const source = journalled(
    work,
    key,
    facts.collated,
    record.lastId?.buffer,
    record.batch + 1,
    () => pace.batchSize,
  );
  const complete = await runPipeline<Batch, { batch: Batch; done: number; conflicts: readonly Conflict[] }>(
    source,
    {
      prepare: async (batch) => batch,
      write: async (batch) => {
        work.lease.assertHeld();
        const started = work.ports.clock.monotonic();
        const written = await work.retry(`write ${unit.collection}`, () =>
          undo(target, batch.items, facts.collated),
        );
        pace.note(work.ports.clock.monotonic() - started, batch.items.length);
        return { batch, ...written };
      },
      commit: async ({ batch, done, conflicts }) => {
        record.batch = batch.number;
        if (batch.lastId) record.lastId = new Binary(idBytes(batch.lastId));
        record.modified += done;
        noteConflicts(work, place, [...conflicts, ...batch.refused]);
        await saveUnit(work, place);
        pace.progress(record.modified);
      },
      stop: () => mustStop(work),
      pause: () => pace.pause(),
    },
  );
  pace.finish();
  return complete;
}

/** Writes a batch back. Of a document that was changed meanwhile, the fields that were not changed come back. */
async function undo(target: WriteTarget, items: readonly Item[], collated: boolean): Promise<WriteResult> {
  const result = await writeItems(target, items, false);
  const changed = new Set(
    result.conflicts.filter(({ reason }) => reason === 'changed').map(({ id }) => identityKey(id)),
  );
  const divisible = items.filter((item) => item.edits.length > 1 && changed.has(identityKey(item.id)));
  for (const item of divisible) {
    for (const edit of item.edits) {
      const part = prepareItem(item.id, [edit], collated);
      if (!isConflict(part)) await writeItems(target, [part], false);
    }
  }
  return result;
}

/** The journal of a unit as batches of undoing writes. */
async function* journalled(
  work: Work,
  key: JournalKey,
  collated: boolean,
  below: Uint8Array | undefined,
  firstNumber: number,
  batchSize: () => number,
): AsyncGenerator<Batch> {
  let number = firstNumber;
  let items: Item[] = [];
  let refused: Conflict[] = [];
  let bytes = 0;
  let last: Batch['lastId'];
  const entries = work.journal.entries(key, { backwards: true, ...(below ? { below: readId(below) } : {}) });
  for await (const entry of entries) {
    last = entry.id;
    if (entry.conflict !== undefined) continue;
    const prepared = prepareItem(entry.id, reversed(entry.edits), collated);
    if (isConflict(prepared)) refused.push(prepared);
    else items.push(prepared);
    bytes += entry.size;
    if (items.length < batchSize() && bytes < 6 * 1024 * 1024) continue;
    yield { number: number++, items, refused, lastId: last };
    items = [];
    refused = [];
    bytes = 0;
  }
  if (items.length + refused.length > 0) yield { number, items, refused, lastId: last };
}

/**
 * Reads a STEP's whole journal before anything is restored from it.
 * @throws JournalTampered where entries are missing, foreign or changed
 */
async function verifyJournal(journal: Journal, operationId: string, step: StepRecord): Promise<void> {
  for (const [position, unit] of step.units.entries()) {
    const fold = Buffer.alloc(32);
    let count = 0;
    for await (const entry of journal.entries(journalKey(operationId, step, position))) {
      if (entry.batch > unit.batch) continue;
      count += 1;
      foldInto(fold, entry.hash);
    }
    const expected = unit.fold?.buffer;
    if (count === unit.journaled && (expected === undefined || fold.equals(expected))) continue;
    throw new JournalTampered(
      `the journal of operation ${operationId}, STEP ${step.step}, ${unit.collection} holds ${count} entries where ` +
        `${unit.journaled} were written; nothing was restored. Was it purged or changed?`,
    );
  }
}

/** The STEPs that an operation has touched, the last first; of chosen ones each must be among them. */
function touched(original: OperationRecord, chosen: readonly string[]): StepRecord[] {
  const steps = original.steps
    .filter((step) => step.state !== 'pending' && step.state !== 'skipped')
    .reverse();
  if (chosen.length === 0) {
    if (steps.length > 0) return steps;
    throw new ConfigurationError({
      where: 'operation-id',
      message: `operation ${original._id} has changed nothing; there is nothing to restore`,
    });
  }
  const isChosen = (step: StepRecord) => chosen.includes(step.step) || chosen.includes(step.name);
  const missing = chosen.filter((name) => !steps.some((step) => step.step === name || step.name === name));
  if (missing.length > 0) {
    throw new ConfigurationError({
      where: 'steps',
      message: `operation ${original._id} has not changed anything in STEP ${missing.join(', ')}`,
      hint: `It has in ${steps.map((step) => step.step).join(', ') || 'none'}.`,
    });
  }
  return steps.filter(isChosen);
}

async function latestApply({ operations, ports }: Bench): Promise<string> {
  const [latest] = await operations.list(ports.db.databaseName, {
    limit: 1,
    filter: { kind: 'apply', restoredBy: null },
  });
  if (latest === undefined) {
    throw new ConfigurationError({ where: 'operation-id', message: 'there is no operation to restore' });
  }
  return latest._id;
}

async function markOriginal(work: Work, of: string): Promise<void> {
  const original = await work.operations.find(of);
  if (original === undefined) return;
  const restored = new Set(work.record.steps.map((step) => step.step));
  const positions = original.steps.flatMap((step, index) => (restored.has(step.step) ? [index] : []));
  const whole = original.steps.every(
    (step) => restored.has(step.step) || ['pending', 'skipped', 'restored'].includes(step.state),
  );
  await work.operations.markRestored(of, work.record._id, positions, whole);
}

async function endStep(
  work: Work,
  index: number,
  state: 'restored' | 'conflicted' | 'rollback_failed',
  durationMs: number,
  error?: string,
): Promise<void> {
  const step = stepAt(work, { step: index });
  const { modified, conflicts } = totals(step);
  await work.audit.write({
    event: 'step.ended',
    operationId: work.record._id,
    operation: work.record.kind,
    step: step.step,
    records: modified,
    conflicts,
    outcome: state,
    ...(error === undefined ? {} : { error }),
  });
  await saveStep(work, index, { state, durationMs, error: error ?? null });
}
