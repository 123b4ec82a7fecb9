import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Binary, type Db, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256Hex } from '../../../src/rollback/plan/canonical.ts';
import {
  contentOf,
  type DatabaseIdentity,
  describeContent,
  digestOf,
  type PlanContent,
} from '../../../src/rollback/plan/digest.ts';
import { makePlan, type Plan } from '../../../src/rollback/plan/plan.ts';
import { whatChanged } from '../../../src/rollback/plan/stale-plan.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../../src/rollback/steps/catalogue.ts';

describe('canonical JSON', () => {
  test.each<[string, unknown, string]>([
    ['text', 'a"b', '"a\\"b"'],
    ['null', null, 'null'],
    ['nothing in a list', [null, []], '[null,[]]'],
    [
      'keys by code unit, at each depth',
      { b: 1, B: [{ z: 1, a: 2 }], a: {} },
      '{"B":[{"a":{"$numberInt":"2"},"z":{"$numberInt":"1"}}],"a":{},"b":{"$numberInt":"1"}}',
    ],
    ['lists keep their order', ['b', 'a'], '["b","a"]'],
    ['a date', new Date(0), '{"$date":{"$numberLong":"0"}}'],
    ['an id', new ObjectId('65a000000000000000000001'), '{"$oid":"65a000000000000000000001"}'],
  ])('%s', (_name, value, text) => expect(canonicalJson(value)).toBe(text));

  test('tells numbers of each type apart', () => {
    const numbers = [1, new Int32(1), new Long(1), new Double(1), Decimal128.fromString('1'), '1', [1], true];
    const texts = numbers.map(canonicalJson);
    expect(new Set(texts).size).toBe(numbers.length - 1);
    expect(texts[0]).toBe(texts[1]);
    expect(canonicalJson(new Binary(Buffer.from('a')))).not.toBe(canonicalJson('a'));
  });

  test('property: the order in which keys were written does not count', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const shuffled = (given: unknown): unknown =>
      Array.isArray(given)
        ? given.map(shuffled)
        : given !== null && typeof given === 'object'
          ? Object.fromEntries(
              Object.entries(given)
                .reverse()
                .map(([key, inner]) => [key, shuffled(inner)]),
            )
          : given;
    fc.assert(fc.property(value, (given) => canonicalJson(shuffled(given)) === canonicalJson(given)));
  });

  test('SHA-256 as anybody else computes it', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(sha256Hex('abc'));
    expect(sha256Hex('abc')).toBe(createHash('sha256').update('abc').digest('hex'));
  });
});

/** A database in which no collection exists: enough to see what a plan's digest is made of. */
function emptyDatabase(name = 'shop', hosts = ['b:27017', 'a:27017']): Db {
  return {
    databaseName: name,
    client: { options: { hosts } },
    listCollections: () => ({ toArray: async () => [] }),
  } as unknown as Db;
}

const facts = {
  maxWriteBatch: 1_000,
  replicaSet: undefined,
  sharded: false,
  serverNow: () => 0,
};

function plan(
  definitions: readonly StepDefinition[],
  { db = emptyDatabase(), replicaSet }: { db?: Db; replicaSet?: string } = {},
): Promise<Plan> {
  const retry = <T>(_what: string, work: () => Promise<T>) => work();
  return makePlan({ db, stateDatabase: 'state', facts: { ...facts, replicaSet }, retry }, definitions);
}

const two = BUILT_IN_STEPS.slice(0, 2);

describe('the digest of a plan', () => {
  test('is that of its content, and the content holds all that an approval is about', async () => {
    const { digest, content, steps } = await plan(two);
    expect(digest).toBe(sha256Hex(canonicalJson(content)));
    expect(content).toEqual({
      format: 'deploy-guard.plan/v1',
      catalogue: 1,
      database: 'a:27017,b:27017/shop',
      steps: [
        {
          step: '19',
          definition: sha256Hex(canonicalJson(two[0])),
          units: [{ collection: 'orders', matched: 0 }],
        },
        {
          step: '20',
          definition: sha256Hex(canonicalJson(two[1])),
          units: [{ collection: 'subscriptions', matched: 0 }],
        },
      ],
    });
    expect(steps[0]).toMatchObject({
      matched: 0,
      units: [{ nothing: 'the collection orders does not exist' }],
    });
  });

  test('is the same by another member of the same set, and another in another place', async () => {
    const one = await plan(two, { replicaSet: 'rs0' });
    expect(one.content.database).toBe('rs0/shop');
    const others = [
      plan(two, { replicaSet: 'rs1' }),
      plan(two),
      plan(two, { replicaSet: 'rs0', db: emptyDatabase('shop2') }),
      plan(two.slice(0, 1), { replicaSet: 'rs0' }),
      plan(two.toReversed(), { replicaSet: 'rs0' }),
      plan([{ ...two[0], risk: 'low' } as StepDefinition, ...two.slice(1)], { replicaSet: 'rs0' }),
    ];
    for (const other of others) expect((await other).digest).not.toBe(one.digest);
    const sameSet = await plan(two, { replicaSet: 'rs0', db: emptyDatabase('shop', ['c:27017']) });
    expect(sameSet.digest).toBe(one.digest);
  });
});

describe('the content of a plan', () => {
  const unit = { collection: 'orders' };
  const database: DatabaseIdentity = { name: 'shop', hosts: ['b:27017', 'a:27017'], replicaSet: undefined };
  const steps = [
    {
      definition: two[0],
      units: [
        { unit, matched: 7, change: { before: '{}', after: '{"a":1}', digest: 'abc', loss: 'words' } },
        { unit: { collection: 'refunds' }, matched: 0, blocked: 'why', nothing: 'why not' },
      ],
      matched: 7,
    },
    { definition: two[1], units: [], matched: 0 },
  ] as unknown as Plan['steps'];

  test('has counts and digests of specifications, not their words', () => {
    const content = contentOf(database, steps);
    expect(content.steps).toEqual([
      {
        step: '19',
        definition: sha256Hex(canonicalJson(two[0])),
        units: [
          { collection: 'orders', matched: 7, specification: 'abc' },
          { collection: 'refunds', matched: 0 },
        ],
      },
      { step: '20', definition: sha256Hex(canonicalJson(two[1])), units: [] },
    ]);
    expect(digestOf(content)).toBe(sha256Hex(canonicalJson(content)));
    expect(describeContent(content)).toBe('STEP 19: orders 7, refunds 0; STEP 20: ');
  });

  test.each<[Partial<DatabaseIdentity>, string]>([
    [{}, 'a:27017,b:27017/shop'],
    [{ hosts: ['a:27017', 'b:27017'] }, 'a:27017,b:27017/shop'],
    [{ hosts: ['c:1'], name: 'x' }, 'c:1/x'],
    [{ replicaSet: 'rs0' }, 'rs0/shop'],
  ])('knows the database by its set, else by its hosts in order: %j', (over, identity) => {
    const { hosts } = database;
    expect(contentOf({ ...database, ...over }, []).database).toBe(identity);
    expect(hosts).toEqual(['b:27017', 'a:27017']);
  });
});

describe('what changed since a plan was approved', () => {
  const content: PlanContent = {
    format: 'deploy-guard.plan/v1',
    catalogue: 1,
    database: 'rs0/shop',
    steps: [
      { step: '30', definition: 'd30', units: [{ collection: 'orders', matched: 1, specification: 'abc' }] },
      {
        step: '19',
        definition: 'd19',
        units: [
          { collection: 'orders', matched: 1_000 },
          { collection: 'refunds', matched: 3 },
        ],
      },
    ],
  };
  const stale = { content, steps: [], digest: '' } as unknown as Plan;
  /** The digest of the plan with other numbers of documents in STEP 19. */
  const approved = (orders: number, refunds: number, specification = 'abc', changed = 1) => {
    const [first, second] = content.steps as [PlanContent['steps'][0], PlanContent['steps'][0]];
    const then = {
      ...content,
      steps: [
        { ...first, units: [{ collection: 'orders', matched: changed, specification }] },
        {
          ...second,
          units: [
            { collection: 'orders', matched: orders },
            { collection: 'refunds', matched: refunds },
          ],
        },
      ],
    };
    return sha256Hex(canonicalJson(then));
  };

  test.each<[string, string, string | undefined]>([
    ['one more now', approved(999, 3), 'STEP 19 orders: 999 documents then, 1000 now'],
    ['one less now', approved(1_001, 3), 'STEP 19 orders: 1001 documents then, 1000 now'],
    ['many', approved(4_000, 3), 'STEP 19 orders: 4000 documents then, 1000 now'],
    ['none then', approved(1_000, 0), 'STEP 19 refunds: 0 documents then, 3 now'],
    ['as far as it looks', approved(1_000, 3_336), 'STEP 19 refunds: 3336 documents then, 3 now'],
    ['farther than it looks', approved(1_000, 3_337), undefined],
    ['two numbers at once', approved(999, 4), undefined],
    ['a specification', approved(1_000, 3, 'abd'), undefined],
    ['a specification that would count as more', approved(1_000, 3, 'abc', 2), undefined],
    ['less than none', approved(1_000, -1), undefined],
    ['nothing', approved(1_000, 3), undefined],
    ['no digest of a plan', 'x', undefined],
  ])('%s', (_name, digest, words) => expect(whatChanged(stale, digest)).toBe(words));

  test('of a plan without STEPs nothing can be told', () => {
    const none = { ...stale, content: { ...content, steps: [] } };
    expect(whatChanged(none, approved(1, 1))).toBeUndefined();
  });
});
