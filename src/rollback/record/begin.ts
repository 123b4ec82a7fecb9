import { Binary, type Document, Timestamp } from 'mongodb';
import { ConfigurationError, messageOf } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import type { Recording } from '../model/recording.ts';
import { Audit } from '../store/audit.ts';
import { Lease } from '../store/lease.ts';
import { newOperation } from '../store/operations.ts';
import { type CheckResult, judgeSurroundings, readSurroundings, type Surroundings } from './checks.ts';
import { clusterTimeNow, isRecording, type RecordingRecord, type RecordTools, saveRecording } from './context.ts';
import { COPY_PREFIX, copyCollection, dropCopies } from './copies.ts';
import { preImagesNow, switchBack, switchOn } from './pre-images.ts';
import { type CollectionState, readStructure, writeStructure } from './structure.ts';

/** What a recording would begin with, or has begun with. */
export interface Prepared {
  readonly checks: readonly CheckResult[];
  readonly structure: readonly CollectionState[];
  readonly surroundings: Surroundings;
  /** What is copied: what `copy` names, and everything where there are no events. */
  readonly copied: readonly string[];
}

/**
 * Checks what a recording needs; reads only.
 * @throws ConfigurationError where a check refuses
 */
export async function prepareRecording(tools: RecordTools): Promise<Prepared> {
  const { options, ports, retry } = tools;
  const { collections, copy } = options;
  if (collections.length === 0) {
    throw new ConfigurationError({
      code: 'required',
      where: 'collections',
      message: 'is required for `record`',
      hint: text`Name the collections that the migration writes to: ${input('collections', 'orders, users')}.`,
    });
  }
  await refuseBesideOther(tools);
  const structure = await retry('read the collections', () => readStructure(ports.db));
  const copied = (noEvents: string | undefined) => (noEvents === undefined ? copy : collections);
  const surroundings = await retry('check the server', () => readSurroundings(ports.db, structure, copied)).catch(
    (error: Document) => {
      if (error.code !== 13) throw error;
      throw new ConfigurationError({
        code: 'privileges',
        where: 'mongodb-uri',
        message: `the database user may not watch changes: ${ports.redact(messageOf(error))}`,
        hint: `Grant readWrite and dbAdmin on ${ports.db.databaseName}.`,
      });
    },
  );
  const wanted = { database: ports.db.databaseName, state: ports.state.databaseName, collections, copy };
  const checks = judgeSurroundings(surroundings, wanted, structure);
  const refused = checks.filter(({ outcome }) => outcome === 'refused');
  if (refused.length > 0) {
    throw new ConfigurationError(
      refused.map(({ name, message, hint }) => ({
        code: name.replaceAll(' ', '-'),
        where: name === 'collections' ? 'collections' : 'mongodb-uri',
        message: name === 'collections' ? message : `${name}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      })),
    );
  }
  return { checks, structure, surroundings, copied: copied(surroundings.noEvents) };
}

/** Two recordings of one collection would switch each other's before-images off. */
async function refuseBesideOther({ operations, options, ports }: RecordTools): Promise<void> {
  const open = await operations.list(ports.db.databaseName, {
    limit: 50,
    filter: { kind: 'record', 'recording.phase': { $ne: 'sealed' }, state: { $ne: 'failed' } },
  });
  for (const other of open) {
    if (!isRecording(other)) continue;
    const shared = other.recording.collections.filter((name) => options.collections.includes(name));
    if (shared.length === 0) continue;
    throw new ConfigurationError({
      code: 'already-recorded',
      where: 'collections',
      message: `${shared.join(', ')} is already recorded by operation ${other._id} (${other.state}, begun ${other.startedAt.toISOString()})`,
      hint: text`Write ${input('operation', 'seal')} with ${input('operation-id', other._id)} first.`,
    });
  }
}

/**
 * Begins a recording: before-images on, cluster time noted, structure kept, copies made. Nothing has to run from
 * here until it is sealed.
 * @throws ConfigurationError where a check refuses, LeaseHeldError
 */
export async function beginRecording(
  tools: RecordTools,
  operationId: string,
): Promise<{ record: RecordingRecord; checks: readonly CheckResult[] }> {
  const { options, ports, facts, retry, operations } = tools;
  const lease = await Lease.acquire(ports, facts, { ttlMs: options.leaseMs, operationId });
  try {
    const { checks, structure, surroundings, copied } = await prepareRecording(tools);
    const watched = structure.filter(({ name }) => options.collections.includes(name));
    const method = surroundings.noEvents === undefined ? 'events' : 'copies';
    const recording: Recording = {
      phase: 'beginning',
      method,
      collections: [...options.collections],
      since: null,
      until: null,
      token: null,
      historyLost: false,
      events: 0,
      preImages: method === 'events' ? await retry('read the collections', () => preImagesNow(ports.db, watched)) : [],
      structure: new Binary(writeStructure(structure)),
      structureAfter: null,
      copies: [],
      groups: [],
      places: [],
      notes: [],
      fields: null,
    };
    const record: RecordingRecord = {
      ...newOperation(ports, { _id: operationId, kind: 'record', token: lease.token, planDigest: '', of: null, steps: [] }),
      recording,
    };
    const audit = new Audit(ports, retry);
    const entry = { operationId, operation: 'record' };
    await audit.write({ ...entry, event: 'operation.started', outcome: 'running' });
    await operations.create(record);
    try {
      await switchOn(ports.db, retry, recording.preImages);
      const names = watched.map(({ name }) => name);
      if (method === 'events') {
        const now = await retry('read the cluster time', () => clusterTimeNow(ports.db, names));
        if (now === undefined) throw new Error('the server reports no cluster time');
        // What happened at that time had happened before the recording.
        await saveRecording(tools, record, { since: new Timestamp(now + 1n) });
      }
      for (const [position, name] of copied.entries()) {
        if (!structure.some((state) => state.name === name)) continue;
        lease.assertHeld();
        const planned = `${COPY_PREFIX}${operationId}_${position}`;
        // Noted first: a copy that nobody knows of would stay for ever.
        const copies = [...recording.copies, { collection: name, copy: planned, documents: -1 }];
        await saveRecording(tools, record, { copies });
        copies[copies.length - 1] = await copyCollection({ db: ports.db, state: ports.state, retry }, name, planned);
        await saveRecording(tools, record, { copies });
      }
      lease.assertHeld();
      record.state = 'recording';
      await operations.update(operationId, record.token, { state: 'recording', 'recording.phase': 'recording' });
      recording.phase = 'recording';
    } catch (error) {
      await undoBegin(tools, record);
      await audit.write({ ...entry, event: 'operation.ended', outcome: 'failed', error: messageOf(error) });
      throw error;
    }
    return { record, checks };
  } finally {
    await lease.release();
  }
}

/** Takes back what a beginning that did not come to its end has switched and copied. */
export async function undoBegin(tools: RecordTools, record: RecordingRecord): Promise<void> {
  const { ports, retry, operations } = tools;
  const structure = await retry('read the collections', () => readStructure(ports.db));
  await switchBack(ports.db, retry, record.recording.preImages, structure);
  await dropCopies(ports.state, retry, record.recording.copies);
  record.state = 'failed';
  const end = { state: 'failed', finishedAt: new Date(ports.clock.now()), error: 'the recording did not begin' };
  await operations.update(record._id, record.token, end);
}
