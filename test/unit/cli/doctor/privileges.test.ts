import { describe, expect, test } from 'vitest';
import {
  grantCommand,
  missing,
  type Need,
  needsInWords,
  type Privilege,
  purposes,
} from '../../../../src/cli/doctor/privileges.ts';

const { verify, diagnostics, plan, apply, state } = purposes({ database: 'shop', state: 'deploy_guard' });

/** As a server prints the built-in roles on a database (MongoDB 7, shortened to what matters). */
const READ = [
  'collStats',
  'dbHash',
  'dbStats',
  'find',
  'killCursors',
  'listCollections',
  'listIndexes',
  'planCacheRead',
];
const READ_WRITE = [
  ...READ,
  'convertToCapped',
  'createCollection',
  'createIndex',
  'dropCollection',
  'dropIndex',
  'insert',
  'remove',
  'renameCollectionSameDB',
  'update',
];
const DB_ADMIN = [
  'collMod',
  'collStats',
  'createCollection',
  'createIndex',
  'dbStats',
  'dropIndex',
  'indexStats',
  'listCollections',
  'listIndexes',
  'renameCollectionSameDB',
];
const on = (db: string, actions: readonly string[], collection = ''): Privilege => ({
  resource: { db, collection },
  actions,
});
const MONITOR: Privilege[] = [
  { resource: { cluster: true }, actions: ['serverStatus', 'replSetGetStatus', 'getLog'] },
  on('', ['collStats', 'dbStats', 'indexStats']),
];
const actions = (needs: readonly Need[]) => [...new Set(needs.map(({ action }) => action))].sort();

describe('built-in roles', () => {
  test.each<[string, Privilege[], Record<string, string[]>]>([
    ['none', [], {}],
    [
      'read',
      [on('shop', READ)],
      { verify: [], plan: ['find'], diagnostics: ['indexStats', 'replSetGetStatus', 'serverStatus'] },
    ],
    [
      'read on both',
      [on('shop', READ), on('deploy_guard', READ)],
      { plan: [], state: ['insert', 'remove', 'update'] },
    ],
    ['read and clusterMonitor', [on('shop', READ), ...MONITOR], { verify: [], diagnostics: [] }],
    ['readWrite', [on('shop', READ_WRITE)], { verify: [], apply: ['collMod'] }],
    [
      'all that is advised',
      [on('shop', READ_WRITE), on('shop', DB_ADMIN), on('deploy_guard', READ_WRITE), ...MONITOR],
      { verify: [], diagnostics: [], plan: [], apply: [], state: [] },
    ],
    ['readWriteAnyDatabase', [on('', READ_WRITE)], { verify: [], plan: [], state: [] }],
    [
      'root',
      [{ resource: { anyResource: true }, actions: ['anyAction'] }],
      { verify: [], diagnostics: [], plan: [], apply: [], state: [] },
    ],
    ['clusterMonitor', MONITOR, { verify: ['find', 'listCollections'], diagnostics: ['listIndexes'] }],
    // As a server tells it of a role on the cluster alone: that is no right on any database.
    [
      'a database’s rights on the cluster',
      [{ resource: { cluster: true }, actions: READ }],
      { verify: ['find', 'listCollections'] },
    ],
    ['another database', [on('shop_old', READ_WRITE)], { verify: ['find', 'listCollections'] }],
  ])('%s', (_name, privileges, expected) => {
    const all = { verify, diagnostics, plan, apply, state };
    if (Object.keys(expected).length === 0)
      for (const purpose of Object.values(all))
        expect(missing(purpose.needs, privileges)).toEqual(purpose.needs);
    for (const [name, lacks] of Object.entries(expected))
      expect([name, actions(missing(all[name as keyof typeof all].needs, privileges))]).toEqual([
        name,
        lacks,
      ]);
  });

  test('the roles that are advised for a purpose are enough for it', () => {
    const granted: Record<string, readonly string[]> = {
      read: READ,
      readWrite: READ_WRITE,
      dbAdmin: DB_ADMIN,
    };
    for (const purpose of [verify, diagnostics, plan, apply, state]) {
      const privileges = purpose.roles.flatMap(({ role, db }) =>
        role === 'clusterMonitor' ? MONITOR : [on(db, granted[role] ?? [])],
      );
      expect([purpose.id, missing(purpose.needs, privileges)]).toEqual([purpose.id, []]);
    }
  });
});

test('a role of one collection covers that collection alone', () => {
  const need = (collection: string): Need => ({ action: 'find', on: { db: 'shop', collection } });
  expect(missing([need('orders'), need('users')], [on('shop', ['find'], 'orders')])).toEqual([need('users')]);
});

test('the catalogue decides which collections must be writable', () => {
  const places = apply.needs.map((need) =>
    need.on === 'cluster' ? '' : `${need.action} ${need.on.collection}`,
  );
  for (const place of [
    'update orders',
    'update users',
    'collMod users',
    'collMod subscriptions',
    'dropIndex orders',
    'createIndex orders',
    'renameCollectionSameDB ',
  ])
    expect(places).toContain(place);
});

test('the command to grant, with names as data', () => {
  expect(grantCommand(apply, { user: 'gu"ard', db: 'admin' })).toBe(
    'db.getSiblingDB("admin").grantRolesToUser("gu\\"ard", [{ role: "readWrite", db: "shop" }, { role: "dbAdmin", db: "shop" }])',
  );
});

test('needs in words', () => {
  expect(needsInWords(missing(verify.needs, []))).toBe('find, listCollections on database shop');
  expect(needsInWords(apply.needs)).toContain('; and ');
});
