import { Binary, Timestamp } from 'mongodb';
import { ConfigurationError, messageOf } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import { rawOf } from '../bson/raw.ts';
import { holderName } from '../model/ports.ts';
import { canonicalJson, sha256Hex } from '../plan/canonical.ts';
import { type Item, sizeOf } from '../reversals/batch.ts';
import { Audit } from '../store/audit.ts';
import { foldInto, Journal, type JournalKey } from '../store/journal.ts';
import { Lease } from '../store/lease.ts';
import { newStep, newUnit, type StepRecord } from '../store/operations.ts';
import { undoBegin } from './begin.ts';
import { type Comparison, compareDocuments, correctLate } from './compare.ts';
import { isRecording, type RecordingRecord, type RecordTools, saveRecording, timeOf } from './context.ts';
import { differences, dropCopies, idOf, isWhole, wholeDocuments } from './copies.ts';
import { fieldProblems } from './fields.ts';
import { GroupTally } from './groups.ts';
import { type Recorded, recordedCollections } from './lifelines.ts';
import { Places } from './places.ts';
import { switchBack } from './pre-images.ts';
import { readEvents, SealInterrupted, timeNow } from './read-events.ts';
import { Spill } from './spill.ts';
import {
  arrayOf,
  changeInWords,
  type CollectionState,
  documentOf,
  readStructure,
  readWrittenStructure,
  type StructureChange,
  writeStructure,
} from './structure.ts';

/** The units of a recorded STEP: its documents, and what else changed. */
export const DOCUMENTS = 0;
export const STRUCTURE = 1;

/** Everything that the phases of a seal share. */
interface Sealing {
  readonly tools: RecordTools;
  readonly record: RecordingRecord;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly spill: Spill;
  readonly places: Places;
}

/**
 * Ends a recording: what the migration did goes into the journal, from which `restore` takes it back. A seal that
 * was cut short at any point goes on when it is run again. A recording that is sealed already is only narrowed to
 * the fields that are given.
 * @throws ConfigurationError, LeaseHeldError, SealInterrupted
 */
export async function sealRecording(tools: RecordTools): Promise<RecordingRecord> {
  const { options, ports, facts, retry, operations } = tools;
  const operationId = options.operationId ?? (await latestOpen(tools));
  const lease = await Lease.acquire(ports, facts, { ttlMs: options.leaseMs, operationId });
  const audit = new Audit(ports, retry);
  const entry = { operationId, operation: 'seal' };
  try {
    const record = await sealable(tools, operationId);
    await audit.write({ ...entry, event: 'operation.resumed', outcome: 'running' });
    if (record.recording.phase === 'sealed') {
      await narrow(tools, record, lease);
      await audit.write({ ...entry, event: 'operation.ended', outcome: record.state });
      return record;
    }
    await operations.takeOver(operationId, lease.token, holderName(ports));
    Object.assign(record, { token: lease.token, state: 'running' });
    if (record.recording.phase === 'beginning') {
      await undoBegin(tools, record);
      throw new ConfigurationError({
        code: 'never-began',
        where: 'operation-id',
        message: `the recording ${operationId} was cut short while it began, so nothing was recorded; what it had switched is switched back`,
        hint: text`Write ${input('operation', 'record')} again, before the migration.`,
      });
    }
    const sealing: Sealing = {
      tools,
      record,
      lease,
      journal: new Journal(ports.state, retry, facts.maxWriteBatch),
      spill: new Spill(ports.state, operationId, retry, facts.maxWriteBatch),
      places: new Places(record.recording.places),
    };
    try {
      await runPhases(sealing);
    } catch (error) {
      if (error instanceof SealInterrupted) {
        record.state = 'interrupted';
        await operations.update(operationId, record.token, { state: 'interrupted' });
      }
      await audit.write({ ...entry, event: 'operation.ended', outcome: 'failed', error: messageOf(error) });
      throw error;
    }
    await audit.write({ ...entry, event: 'operation.ended', outcome: record.state, records: documentsOf(record) });
    return record;
  } finally {
    await lease.release();
  }
}

async function runPhases(sealing: Sealing): Promise<void> {
  const { record } = sealing;
  const { recording } = record;
  if (recording.phase === 'recording') await noteEnd(sealing);
  if (recording.phase === 'reading') await read(sealing);
  if (recording.phase === 'comparing') await compare(sealing);
  if (recording.phase === 'draining') await drain(sealing);
  if (recording.phase === 'counting') await count(sealing);
}

/** The time at which the recording ends: later changes are not part of it. */
async function noteEnd(sealing: Sealing): Promise<void> {
  const { tools, record } = sealing;
  refuseUnknownFields(tools, record.recording.collections);
  const until =
    record.recording.method === 'copies' ? null : new Timestamp(await timeNow(tools, await namesNow(sealing)));
  await saveRecording(tools, record, { until, phase: 'reading', fields: tools.options.fields });
}

async function read(sealing: Sealing): Promise<void> {
  const { tools, record, places, spill } = sealing;
  const { recording } = record;
  if (recording.method === 'events' && recording.until) {
    const upTo = timeOf(recording.until);
    const whole = await readEvents(tools, record, spill, places, { upTo, heartbeat: () => beat(sealing) });
    if (!whole) loseHistory(sealing);
  }
  const after = await tools.retry('read the collections', () => readStructure(tools.ports.db));
  const { recorded, notes } = recordedCollections(
    recording,
    readWrittenStructure(recording.structure.buffer),
    after,
    places,
  );
  record.steps = recorded.map(newRecordedStep);
  await tools.operations.update(record._id, record.token, { steps: record.steps });
  await saveRecording(tools, record, {
    structureAfter: new Binary(writeStructure(after)),
    places: [...places.list],
    notes,
    historyLost: recording.historyLost,
    phase: 'comparing',
  });
}

/** Collections that were copied are compared with their copies instead; of the others something is missing. */
function loseHistory({ record, places }: Sealing): void {
  record.recording.historyLost = true;
  for (const name of record.recording.collections) {
    if (!record.recording.copies.some(({ collection }) => collection === name)) places.add('history-lost', name);
  }
}

async function compare(sealing: Sealing): Promise<void> {
  const { tools, record, places } = sealing;
  for (const [position, one] of recordedOf(sealing).entries()) {
    const step = stepAt(record, position);
    const unit = step.units[DOCUMENTS];
    if (unit === undefined || unit.state === 'done') continue;
    beat(sealing);
    if (one.fate !== 'view') {
      await gatherFromCopies(sealing, one);
      await compareDocuments(comparisonOf(sealing, position, one));
    }
    await journalStructure(sealing, position, one);
    unit.state = 'done';
    await tools.operations.update(record._id, record.token, {
      [`steps.${position}.units`]: step.units,
      'recording.places': [...places.list],
    });
  }
  await saveRecording(tools, record, { phase: 'draining', places: [...places.list] });
}

/** What the events do not bring: all of a collection that was created, dropped or copied for want of events. */
async function gatherFromCopies(sealing: Sealing, one: Recorded): Promise<void> {
  const { tools, record, spill, places } = sealing;
  const { db, state } = tools.ports;
  const { recording } = record;
  if (one.fate === 'created' && one.now !== undefined) {
    for await (const page of wholeDocuments(db, one.now, { idsOnly: true })) {
      beat(sealing);
      await spill.keepFirst(one.key, page.map((document) => ({ id: idOf(document), before: 'missing' as const })));
    }
    return;
  }
  const copy = recording.copies.find(({ collection }) => collection === one.target || collection === one.step);
  if (copy === undefined) return;
  if (!(await isWhole(state, tools.retry, copy))) {
    places.add('copy-lost', one.step);
    return;
  }
  if (one.fate === 'dropped') {
    for await (const page of wholeDocuments(state, copy.copy)) {
      beat(sealing);
      await spill.fillFromCopy(one.key, page);
      await spill.keepFirst(one.key, page.map((before) => ({ id: idOf(before), before })));
    }
  } else if (recording.method === 'copies' || recording.historyLost) {
    for await (const page of differences(db, state, copy.copy, one.now)) {
      beat(sealing);
      await spill.keepFirst(one.key, page);
    }
  } else if (await spill.hasUnavailable(one.key)) {
    for await (const page of wholeDocuments(state, copy.copy)) {
      beat(sealing);
      await spill.fillFromCopy(one.key, page);
    }
  }
}

/** Changes of indexes, options and names go into the journal whole, as they were and as they are. */
async function journalStructure(sealing: Sealing, position: number, one: Recorded): Promise<void> {
  const { journal, record } = sealing;
  const unit = stepAt(record, position).units[STRUCTURE];
  if (unit === undefined) return;
  const key = keyOf(record, position, STRUCTURE);
  await journal.remove(key, { after: undefined });
  const items = one.changes.map(structureItem);
  if (items.length === 0) return;
  await journal.insert(key, { number: 1, items, lastId: undefined, refused: [] });
  unit.batch = 1;
}

/** A change of the structure as an entry: its name, and both of its states. */
export function structureItem(change: StructureChange): Item {
  const edits = [{ field: 'specification', before: sideOf(change, 'before'), after: sideOf(change, 'after') }];
  const name = change.kind === 'index' ? `index ${change.name}` : change.kind;
  return { id: rawOf(name), edits, size: sizeOf(edits) };
}

function sideOf(change: StructureChange, side: 'before' | 'after') {
  switch (change.kind) {
    case 'index':
      return change[side];
    case 'options':
      return change[side];
    case 'created':
      return side === 'after' ? stateValue(change.after) : undefined;
    case 'dropped':
      return side === 'before' ? stateValue(change.before) : undefined;
    case 'renamed':
      return rawOf(side === 'before' ? change.from : change.to);
  }
}

function stateValue({ type, uuid, options, indexes }: CollectionState) {
  return documentOf([
    ['type', rawOf(type)],
    ['uuid', rawOf(uuid)],
    ['options', options],
    ['indexes', arrayOf(indexes)],
  ]);
}

/** What other writers changed while the journal was written does not belong to the recording. */
async function drain(sealing: Sealing): Promise<void> {
  const { tools, record, places, spill } = sealing;
  if (record.recording.method === 'events' && !places.list.some(({ code }) => code === 'invalidated')) {
    const now = await timeNow(tools, await namesNow(sealing));
    const whole = await readEvents(tools, record, spill, places, { upTo: now, heartbeat: () => beat(sealing) });
    if (!whole) loseHistory(sealing);
    for (const [position, one] of recordedOf(sealing).entries()) {
      if (one.fate !== 'view') await correctLate(comparisonOf(sealing, position, one));
    }
  }
  await tools.operations.update(record._id, record.token, { steps: record.steps });
  await saveRecording(tools, record, { phase: 'counting', places: [...places.list] });
}

/** Counts and hashes the journal as it stands, sets everything back to what it was, and seals. */
async function count(sealing: Sealing): Promise<void> {
  const { tools, record, journal, places, spill } = sealing;
  const { ports, retry, operations } = tools;
  const groups = [];
  for (const [position, step] of record.steps.entries()) {
    const tally = new GroupTally(step.step);
    for (const [unitPosition, unit] of step.units.entries()) {
      const fold = Buffer.alloc(32);
      Object.assign(unit, { journaled: 0, bytes: 0, lastId: null, state: 'done' });
      for await (const entry of journal.entries(keyOf(record, position, unitPosition))) {
        unit.journaled += 1;
        unit.bytes += entry.size;
        unit.batch = Math.max(unit.batch, entry.batch);
        foldInto(fold, entry.hash);
        if (unitPosition === DOCUMENTS) tally.add(entry.id, entry.edits);
      }
      unit.fold = new Binary(fold);
      unit.matched = unit.journaled;
      unit.modified = unit.journaled;
      beat(sealing);
    }
    step.matched = step.units.reduce((sum, unit) => sum + unit.journaled, 0);
    step.state = step.matched === 0 ? 'skipped' : 'recorded';
    step.token = record.token;
    groups.push(...tally.groups);
  }
  const now = await retry('read the collections', () => readStructure(ports.db));
  await switchBack(ports.db, retry, record.recording.preImages, now);
  beat(sealing);
  const state = places.list.length > 0 ? 'incomplete' : 'sealed';
  const end = {
    steps: record.steps,
    planDigest: digestOf(record, places),
    state,
    error: null,
    finishedAt: new Date(ports.clock.now()),
  } as const;
  Object.assign(record, end);
  Object.assign(record.recording, { groups, phase: 'sealed', places: [...places.list] });
  // From here on it can be restored; what is left of the first states and copies is of no use to anybody.
  await operations.update(record._id, record.token, {
    ...end,
    'recording.groups': groups,
    'recording.places': record.recording.places,
    'recording.phase': 'sealed',
  });
  await spill.remove();
  await dropCopies(ports.state, retry, record.recording.copies);
}

/** What a restore of it would take back, as one hash: the same journal, the same digest. */
function digestOf(record: RecordingRecord, places: Places): string {
  return sha256Hex(
    canonicalJson({
      operation: record._id,
      database: record.database,
      steps: record.steps.map(({ step, units }) => ({
        step,
        units: units.map(({ journaled, fold }) => [journaled, Buffer.from(fold?.buffer ?? []).toString('hex')]),
      })),
      places: places.list.map(({ code, collection, documents }) => [code, collection, documents]),
      fields: record.recording.fields,
    }),
  );
}

function newRecordedStep(one: Recorded): StepRecord {
  const { step, key, now, target, fate, changes } = one;
  const summary = changes.length === 0 ? 'documents' : changes.map(changeInWords).join(', ');
  return newStep({
    step,
    name: step,
    risk: 'medium',
    reversibility: 'lossless',
    definition: JSON.stringify({ recorded: { key, now: now ?? null, target, fate }, reversals: [] }),
    matched: 0,
    units: [newUnit(target, `documents of ${step}`, 0), newUnit(target, summary, 0)],
  });
}

/** What the steps of a record stand for, with the changes that the two structures tell. */
function recordedOf({ record }: Sealing): Recorded[] {
  const { recording } = record;
  if (recording.structureAfter === null) throw new Error('the structure at the end was not read');
  return recordedCollections(
    recording,
    readWrittenStructure(recording.structure.buffer),
    readWrittenStructure(recording.structureAfter.buffer),
    new Places(),
  ).recorded;
}

function comparisonOf(sealing: Sealing, position: number, one: Recorded): Comparison {
  const { tools, record, journal, spill, places } = sealing;
  const unit = stepAt(record, position).units[DOCUMENTS];
  if (unit === undefined) throw new Error('a recorded STEP has no documents');
  return {
    tools,
    journal,
    spill,
    places,
    key: one.key,
    now: one.now,
    journalKey: keyOf(record, position, DOCUMENTS),
    unit,
    checkpoint: async () => {
      beat(sealing);
      await tools.operations.update(record._id, record.token, {
        [`steps.${position}.units.${DOCUMENTS}`]: { ...unit },
        'recording.places': [...places.list],
      });
    },
  };
}

function keyOf(record: RecordingRecord, position: number, unit: number): JournalKey {
  const step = stepAt(record, position);
  return { operationId: record._id, step: step.step, unit, collection: step.units[unit]?.collection ?? '' };
}

function stepAt(record: RecordingRecord, position: number): StepRecord {
  const step = record.steps[position];
  if (step === undefined) throw new Error(`the recording has no STEP at position ${position}`);
  return step;
}

/** Between parts of the work: the lease is held, and nobody asked to stop. */
function beat({ tools, lease }: Sealing): void {
  lease.assertHeld();
  if (tools.ports.signal.aborted) throw new SealInterrupted('the seal was told to stop; run it again to go on');
}

async function namesNow({ tools, record }: Sealing): Promise<string[]> {
  const known = new Set(record.recording.preImages.map(({ uuid }) => uuid));
  const now = await tools.retry('read the collections', () => readStructure(tools.ports.db));
  return now
    .filter(({ type, uuid, name }) => type === 'collection' && (known.has(uuid) || record.recording.collections.includes(name)))
    .map(({ name }) => name);
}

function documentsOf(record: RecordingRecord): number {
  return record.steps.reduce((sum, step) => sum + (step.units[DOCUMENTS]?.journaled ?? 0), 0);
}

/** A view on the journal: what is left out stays in it, and another seal can hold it again. */
async function narrow(tools: RecordTools, record: RecordingRecord, lease: Lease): Promise<void> {
  const { options, ports, operations } = tools;
  refuseUnknownFields(tools, record.steps.map(({ step }) => step));
  if (record.restoredBy !== null || record.steps.some(({ state }) => state === 'restored')) {
    throw new ConfigurationError({
      code: 'already-restored',
      where: 'operation-id',
      message: `the recording ${record._id} is restored already`,
    });
  }
  await operations.takeOver(record._id, lease.token, holderName(ports));
  const { state } = record;
  record.token = lease.token;
  record.recording.fields = options.fields === null ? null : [...options.fields];
  record.planDigest = digestOf(record, new Places(record.recording.places));
  await operations.update(record._id, record.token, {
    state,
    finishedAt: record.finishedAt,
    planDigest: record.planDigest,
    'recording.fields': record.recording.fields,
  });
}

function refuseUnknownFields({ options }: RecordTools, collections: readonly string[]): void {
  const problems = options.fields === null ? [] : fieldProblems(options.fields, collections);
  if (problems.length === 0) return;
  throw new ConfigurationError(
    problems.map((message) => ({
      code: 'unknown-field',
      where: 'fields',
      message,
      hint: 'Write `COLLECTION`, `COLLECTION.FIELD`, `COLLECTION:insert` or `COLLECTION:delete`, one a line.',
    })),
  );
}

async function sealable({ operations, ports }: RecordTools, operationId: string): Promise<RecordingRecord> {
  const record = await operations.find(operationId);
  if (record !== undefined && record.database === ports.db.databaseName && isRecording(record) && record.state !== 'failed')
    return record;
  throw new ConfigurationError({
    code: 'not-a-recording',
    where: 'operation-id',
    message:
      record === undefined || record.database !== ports.db.databaseName
        ? `there is no operation ${operationId} on this database`
        : `operation ${operationId} is not a recording that can be sealed (${record.kind}, ${record.state})`,
    hint: text`${input('operation', 'history')} shows the operations.`,
  });
}

/** Without an id there must be one recording that is open, so that no other one is ended by mistake. */
async function latestOpen({ operations, ports }: RecordTools): Promise<string> {
  const open = await operations.list(ports.db.databaseName, {
    limit: 10,
    filter: { kind: 'record', 'recording.phase': { $ne: 'sealed' }, state: { $ne: 'failed' } },
  });
  const [only, ...others] = open;
  if (only !== undefined && others.length === 0) return only._id;
  throw new ConfigurationError({
    code: 'required',
    where: 'operation-id',
    message: only === undefined ? 'there is no open recording on this database' : `several recordings are open: ${open.map(({ _id }) => _id).join(', ')}`,
    hint: text`Name one with ${input('operation-id')}.`,
  });
}
