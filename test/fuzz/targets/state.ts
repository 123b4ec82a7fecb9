import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BSON, type Db } from 'mongodb';
import { incomingOf } from '../../../src/alert/catalogue/from-report.ts';
import { parseMemory, storedMemory } from '../../../src/alert/log/memory.ts';
import { NotificationLog } from '../../../src/alert/log/notification-log.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import { createMonitor } from '../../../src/monitor/index.ts';
import { readElements } from '../../../src/rollback/bson/raw.ts';
import { planMarkdown } from '../../../src/rollback/plan/markdown.ts';
import { readId, readImage, showId } from '../../../src/rollback/reversals/batch.ts';
import { Journal, JournalTampered } from '../../../src/rollback/store/journal.ts';
import { Operations } from '../../../src/rollback/store/operations.ts';
import { COMMON_INPUTS } from '../../../src/settings/inputs/common.ts';
import { ROLLBACK_INPUTS } from '../../../src/settings/inputs/rollback.ts';
import { FileStateStore } from '../../../src/state/file.ts';
import { MongoStateStore } from '../../../src/state/mongodb.ts';
import { StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { BaselineStore } from '../../../src/verify/metrics/baseline-store.ts';
import { BASELINE, MEMORY, NOW, REPORTS } from '../fixtures.ts';
import { hostileJson, hostileKey, hostileText, mutated, mutatedText } from '../hostile.ts';
import { assertHarmlessMarkdown } from '../oracles.ts';
import { fuzzTarget } from '../target.ts';
import { anyBytes } from './answers.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const options = { clock: { ...systemClock, now: () => NOW }, random: () => 0.5 };

const STATE = {
  format: 'deploy-guard.state/v1',
  areas: { alert_history: { production: MEMORY }, baselines: { production: BASELINE } },
};

const rules = {
  fireOn: ['fail' as const],
  repeatIntervalMs: 1,
  sendResolved: true,
  failureThreshold: 1,
  successThreshold: 1,
  groupBy: [],
  routes: [],
  escalations: [],
  inhibitions: [],
  silences: [],
  maintenance: [],
  channels: ['log'],
  allChannels: ['log'],
  claimMs: 1_000,
  quiet: [],
  failOnDeliveryError: true,
  labels: {},
  types: {},
  targets: {},
  issueLabels: ['x'] as const,
  timing: { attemptMs: 1, deliveryMs: 1, pauseMs: 1, claimMs: 1, pollMs: 1 },
  subject: { kind: 'own' as const, type: 'custom', resolve: false },
};

export const stateFiles = fuzzTarget({
  name: 'state-files',
  holds:
    'any state file is read, set aside and said, or refused as unavailable; what fires is notified all the same',
  share: 0.15,
  limitMs: 3_000,
  arbitrary: fc.oneof(
    { weight: 4, arbitrary: mutated([STATE], 4).map((value) => JSON.stringify(value) ?? '') },
    { weight: 1, arbitrary: mutatedText([JSON.stringify(STATE)], 3) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        hostileText,
        fc.constantFrom(
          '['.repeat(100_000),
          '{"format":"deploy-guard.state/v2"}',
          '{"format":"deploy-guard.state/v1","areas":{"__proto__":{"production":{"version":1}}}}',
        ),
      ),
    },
  ),
  async check(text) {
    const path = join(folder, 'state.json');
    rmSync(`${path}.lock`, { force: true });
    writeFileSync(path, text);
    const store = new FileStateStore(path, options);
    const { firing } = incomingOf(
      {
        subject: { kind: 'report', report: REPORTS[0] as (typeof REPORTS)[number] },
        labels: {},
        fireOn: ['fail', 'error'],
        types: {},
      },
      'production',
      'app',
    );
    const run = { environment: 'production', claimId: 'c', holder: 'h', now: options.clock.now() };
    const outcome = await new NotificationLog(store, 'production').claim((memory, blind) =>
      decide(memory, { firing, resolvedCandidates: [] }, rules as never, {
        ...run,
        ...(blind === undefined ? {} : { blind }),
      }),
    );
    if (firing.length === 0 || outcome.decisions.length !== firing.length)
      throw new Error(`${outcome.decisions.length} of ${firing.length} alerts were decided`);
    for (const decision of outcome.decisions)
      if (!decision.reason) throw new Error('a decision without a reason');
    const reference = await new BaselineStore(store, 'production').read();
    if (reference.kind === 'unreadable' && reference.reason.trim() === '')
      throw new Error('unreadable without a reason');
    if (reference.kind === 'present') reference.baseline.values({ metric: 'constructor', labels: {} });
    await store.read('baselines', '__proto__').then(
      (value) => {
        if (value === Object.prototype) throw new Error('an inherited value was read');
      },
      (error: unknown) => {
        if (!(error instanceof StateUnavailableError)) throw error;
      },
    );
  },
});

export const memories = fuzzTarget({
  name: 'alert-history',
  holds:
    'any stored history is read as far as it can be; what is left out is counted, and what is stored again is the same',
  arbitrary: fc.oneof(mutated([MEMORY], 5), hostileJson),
  check(stored) {
    let parsed: ReturnType<typeof parseMemory>;
    try {
      parsed = parseMemory(stored);
    } catch (error) {
      if ((error as Error).name === 'NewerMemoryError') return;
      throw error;
    }
    const { memory } = parsed;
    const again = parseMemory(JSON.parse(JSON.stringify(storedMemory(memory))));
    if (again.dropped !== 0 || again.memory.alerts.size !== memory.alerts.size)
      throw new Error('it does not survive being stored');
  },
});

/** A database that answers nothing and keeps what it is asked. */
function recordingDb(answer: unknown = null) {
  const asked: unknown[] = [];
  const note = <T>(query: unknown, result: T): T => {
    asked.push(query);
    return result;
  };
  const cursor = {
    sort: () => cursor,
    skip: () => cursor,
    limit: () => cursor,
    toArray: async () => [],
    next: async () => null,
    readBufferedDocuments: () => [],
    close: async () => undefined,
    async *[Symbol.asyncIterator]() {},
  };
  const collection = {
    findOne: async (filter: unknown) => note(filter, answer),
    find: (filter: unknown) => note(filter, cursor),
    insertOne: async (document: unknown) => void asked.push(document),
    replaceOne: async (filter: unknown) => note(filter, { matchedCount: 1 }),
  };
  const db = {
    databaseName: 'guard',
    client: { connect: async () => undefined },
    collection: () => collection,
    command: async (command: unknown) => note(command, { ok: 1, n: 1 }),
  };
  return { db: db as unknown as Db, asked };
}

/** Every key of MongoDB's own in a query that a text from outside went into. */
function operatorsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.startsWith('$') ? [key] : []),
    ...operatorsIn(inner),
  ]);
}

const retry = async <T>(_what: string, work: () => Promise<T>) => work();

export const queries = fuzzTarget({
  name: 'query-values',
  holds: 'text from outside is a value in a query, never an operator, and never a path',
  arbitrary: fc.record({ text: hostileText, value: hostileJson, key: hostileKey }),
  async check({ text, value, key }) {
    for (const [table, name] of [
      [ROLLBACK_INPUTS, 'operation-id'],
      [ROLLBACK_INPUTS, 'plan-digest'],
      [COMMON_INPUTS, 'environment'],
      [COMMON_INPUTS, 'state-database'],
      [COMMON_INPUTS, 'mongodb-database'],
    ] as const) {
      const schema = (
        table as Record<
          string,
          { schema: { safeParse(text: unknown): { success: boolean; data?: unknown } } }
        >
      )[name]?.schema;
      for (const given of [text, value]) {
        const parsed = schema?.safeParse(given);
        if (parsed?.success && (typeof parsed.data !== 'string' || /[$\0]/.test(parsed.data)))
          throw new Error(`${name} takes ${JSON.stringify(given)}`);
      }
    }
    const { db, asked } = recordingDb();
    const store = new MongoStateStore(db, options);
    await store.read('alert_history', text);
    await store.update('baselines', text, () => ({
      next: { [key]: value, labels: { [text]: text } },
      result: undefined,
    }));
    const operations = new Operations(db, retry as never);
    await operations.find(text);
    await operations.list(text, { limit: 1 });
    const allowed = new Set(['$set', '$lte', '$lt', '$in', '$gt', '$gte']);
    for (const query of asked) {
      const found = operatorsIn(query).filter((name) => !allowed.has(name));
      if (found.length > 0) throw new Error(`the operators ${found.join()} from text`);
    }
    for await (const _ of new Journal(db, retry as never, 1_000).entries({
      operationId: text,
      step: text,
      unit: 0,
      collection: key,
    }))
      throw new Error('an entry of nothing');
  },
});

const key = { operationId: 'op', step: '19', unit: 0, collection: 'orders' };

export const journalEntries = fuzzTarget({
  name: 'journal-entries',
  holds: 'an entry that was not written by this guard is refused as tampered, never restored',
  arbitrary: fc.oneof(
    anyBytes,
    fc
      .tuple(hostileJson, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), hostileJson)
      .map(([d, image, hash, conflict]) => {
        try {
          return Buffer.from(
            BSON.serialize({
              _id: { o: 'op', s: '19', u: 0, c: 'orders', d },
              batch: 1,
              image: new BSON.Binary(image),
              hash: new BSON.Binary(hash),
              conflict,
            }),
          );
        } catch {
          return Buffer.alloc(5);
        }
      }),
  ),
  async check(bytes) {
    const db = {
      collection: () => ({
        find: () => {
          const left = [bytes];
          return {
            close: async () => undefined,
            next: async () => left.shift() ?? null,
            readBufferedDocuments: () => left.splice(0),
          };
        },
      }),
    };
    const journal = new Journal(db as unknown as Db, retry as never, 1_000);
    try {
      for await (const entry of journal.entries(key)) throw new Error(`restored from ${showId(entry.id)}`);
    } catch (error) {
      if (!(error instanceof JournalTampered)) throw error;
    }
    for (const read of [readElements, readImage, readId]) {
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof Error) || error instanceof TypeError) throw error;
      }
    }
  },
});

export const planComments = fuzzTarget({
  name: 'plan-comments',
  holds: 'a plan on a pull request shows documents and warnings as text: no element, link or mention',
  share: 0.1,
  arbitrary: fc.record({
    texts: fc.array(hostileText, { minLength: 1, maxLength: 4 }),
    environment: hostileText,
    confirm: fc.option(hostileText, { nil: undefined }),
  }),
  check({ texts, environment, confirm }) {
    const steps = texts.map((text, index) => ({
      definition: {
        step: String(19 + index),
        name: 'order-id',
        risk: 'high',
        effect: text,
        reversibility: 'lossless',
        dependents: [],
        reversals: [],
      },
      matched: 3,
      units: [],
    }));
    const details = texts.map((text) => ({ impact: text, lines: [text, `${text} → ${text}`] }));
    assertHarmlessMarkdown(
      planMarkdown({ steps, digest: 'a'.repeat(64) } as never, details, {
        environment,
        database: 'shop',
        confirm,
        warnings: texts,
      }),
    );
  },
});

const monitor = createMonitor({ version: '1', adminToken: 'a-token-of-16-characters', basePath: '/api' });

export const monitorRequests = fuzzTarget({
  name: 'monitor-requests',
  holds: 'any request is answered or passed on; the admin token is needed; statistics stay bounded',
  share: 0.5,
  arbitrary: fc.record({
    path: fc.oneof(
      hostileText.map((text) => `/${text}`),
      fc.constantFrom(
        '/api/health',
        '/api/health/detailed',
        '/api/alerts/history',
        '/api/health/',
        '/api/health/prometheus',
        '/api/alerts/history?limit=5&severity=error',
      ),
    ),
    query: fc.oneof(
      hostileText,
      fc.constantFrom('limit=1', 'limit=99999999999', 'severity=__proto__', 'limit[$gt]=1'),
    ),
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE'),
    authorization: fc.option(
      fc.oneof(
        hostileText.map((text) => `Bearer ${text}`),
        fc.constant('Bearer a-token-of-16-characters'),
      ),
      { nil: undefined },
    ),
    thrown: fc.option(hostileText, { nil: undefined }),
  }),
  async check({ path, query, method, authorization, thrown }) {
    const address = `http://app.example${encodeURI(path.toWellFormed())}?${encodeURI(query.toWellFormed())}`;
    if (!URL.canParse(address)) return;
    const headers = new Headers();
    try {
      if (authorization !== undefined) headers.set('authorization', authorization);
    } catch {
      return;
    }
    const response = await monitor.fetch(new Request(address, { method, headers }), async () => {
      if (thrown !== undefined) monitor.recordError(new Error(thrown));
      return new Response('app', { status: thrown === undefined ? 200 : 500 });
    });
    const body = await response.text();
    const endpoint = /^\/api\/(health|alerts)/.test(new URL(address).pathname);
    if (
      endpoint &&
      response.status === 200 &&
      body !== 'app' &&
      body !== '' &&
      !/^\/api\/health\/?$/.test(new URL(address).pathname) &&
      !authorization?.includes('a-token-of-16-characters')
    )
      throw new Error(`open without a token: ${address}`);
    const { endpoints } = monitor.read.metrics() as unknown as { endpoints: unknown[] };
    if (endpoints.length > 101) throw new Error(`${endpoints.length} routes`);
  },
});

export const STATE_TARGETS = [stateFiles, memories, queries, journalEntries, planComments, monitorRequests];
