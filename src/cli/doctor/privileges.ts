import type { Reversal } from '../../rollback/reversals/expand.ts';
import { BUILT_IN_STEPS } from '../../rollback/steps/catalogue.ts';

/** What the server says that a user may do: `connectionStatus` with `showPrivileges`. */
export interface Privilege {
  readonly resource: {
    readonly db?: string;
    readonly collection?: string;
    readonly cluster?: boolean;
    readonly anyResource?: boolean;
  };
  readonly actions: readonly string[];
}

/** Something a run does, and where. */
export interface Need {
  readonly action: string;
  /** A collection of a database, a whole database, or the server. */
  readonly on: { readonly db: string; readonly collection: string } | 'cluster';
}

export interface Databases {
  readonly database: string;
  readonly state: string;
}

/** One purpose of the tool: what it must be allowed to do, and the roles that bring it. */
export interface Purpose {
  readonly id: string;
  readonly words: string;
  readonly needs: readonly Need[];
  /** Built-in roles that are enough, as `grantRolesToUser` takes them. */
  readonly roles: readonly { readonly role: string; readonly db: string }[];
}

/** Every purpose, with the needs that follow from the catalogue of STEPs. Pure. */
export function purposes({
  database,
  state,
}: Databases): Record<'verify' | 'diagnostics' | 'plan' | 'apply' | 'state', Purpose> {
  const read = { role: 'read', db: database };
  const reversals = BUILT_IN_STEPS.flatMap((step) => step.reversals);
  return {
    verify: {
      id: 'verify',
      words: 'verify reads the database',
      needs: wholeDatabase(database, ['find', 'listCollections']),
      roles: [read],
    },
    diagnostics: {
      id: 'diagnostics',
      words: 'verify reads indexes, sizes, connections and replication lag',
      needs: [
        ...wholeDatabase(database, ['listIndexes', 'collStats', 'dbStats', 'indexStats']),
        { action: 'serverStatus', on: 'cluster' },
        { action: 'replSetGetStatus', on: 'cluster' },
      ],
      roles: [read, { role: 'clusterMonitor', db: 'admin' }],
    },
    plan: {
      id: 'plan',
      words: 'rollback can plan',
      needs: [
        ...wholeDatabase(database, ['listCollections', 'listIndexes']),
        ...collectionsOf(reversals).map(
          (collection): Need => ({
            action: 'find',
            on: { db: database, collection },
          }),
        ),
        { action: 'find', on: { db: state, collection: 'rollback_operations' } },
      ],
      roles: [read, { role: 'read', db: state }],
    },
    apply: {
      id: 'apply',
      words: 'rollback can apply and restore',
      needs: reversals.flatMap((reversal) => writesOf(reversal, database)),
      roles: [
        { role: 'readWrite', db: database },
        { role: 'dbAdmin', db: database },
      ],
    },
    state: {
      id: 'state',
      words: 'journal, leases, audit and alert history can be kept',
      needs: wholeDatabase(state, ['find', 'insert', 'update', 'remove']),
      roles: [{ role: 'readWrite', db: state }],
    },
  };
}

/** The needs that no privilege covers. Pure. */
export function missing(needs: readonly Need[], privileges: readonly Privilege[]): Need[] {
  return needs.filter(
    (need) =>
      !privileges.some(
        (privilege) =>
          (privilege.actions.includes(need.action) || privilege.actions.includes('anyAction')) &&
          covers(privilege.resource, need.on),
      ),
  );
}

/** The command that grants a purpose to a user, as mongosh takes it. Pure. */
export function grantCommand(
  purpose: Pick<Purpose, 'roles'>,
  user: { readonly user: string; readonly db: string } | undefined,
): string {
  const roles = purpose.roles
    .map(({ role, db }) => `{ role: ${JSON.stringify(role)}, db: ${JSON.stringify(db)} }`)
    .join(', ');
  const name = user === undefined ? 'USER' : user.user;
  const db = user === undefined ? 'admin' : user.db;
  return `db.getSiblingDB(${JSON.stringify(db)}).grantRolesToUser(${JSON.stringify(name)}, [${roles}])`;
}

/** `find on shop.orders, users`: needs in words, the same action once. Pure. */
export function needsInWords(needs: readonly Need[]): string {
  const places = new Map<string, Set<string>>();
  for (const { action, on } of needs) {
    const place =
      on === 'cluster'
        ? 'the server'
        : on.collection === ''
          ? `database ${on.db}`
          : `${on.db}.${on.collection}`;
    places.set(place, (places.get(place) ?? new Set()).add(action));
  }
  const shown = [...places].slice(0, 4).map(([place, actions]) => `${[...actions].join(', ')} on ${place}`);
  return `${shown.join('; ')}${places.size > shown.length ? `; and ${places.size - shown.length} more` : ''}`;
}

/** Every collection that a built-in STEP touches. */
export function collectionsOf(reversals: readonly Reversal[]): string[] {
  return [...new Set(reversals.flatMap(collectionsOfOne))].sort();
}

function collectionsOfOne(reversal: Reversal): string[] {
  return reversal.kind === 'copy-by-reference'
    ? [...reversal.references.map(({ collection }) => collection), reversal.map.collection]
    : [reversal.collection];
}

function writesOf(reversal: Reversal, db: string): Need[] {
  const on = (collection: string, actions: readonly string[]): Need[] =>
    actions.map((action) => ({ action, on: { db, collection } }));
  switch (reversal.kind) {
    case 'copy-by-reference':
      return reversal.references.flatMap(({ collection }) => on(collection, ['update']));
    case 'edit-validator':
      return on(reversal.collection, ['collMod']);
    case 'drop-indexes':
      return on(reversal.collection, ['dropIndex', 'createIndex']);
    case 'rename-collection':
      return wholeDatabase(db, ['renameCollectionSameDB']);
    default:
      return on(reversal.collection, ['update']);
  }
}

function wholeDatabase(db: string, actions: readonly string[]): Need[] {
  return actions.map((action) => ({ action, on: { db, collection: '' } }));
}

/** MongoDB's rules: an empty name matches any; of collections, any that is not a system collection. */
function covers(resource: Privilege['resource'], on: Need['on']): boolean {
  if (resource.anyResource) return true;
  if (on === 'cluster') return resource.cluster === true;
  if (resource.db === undefined || resource.collection === undefined) return false;
  const sameDb = resource.db === '' || resource.db === on.db;
  return sameDb && (resource.collection === '' || resource.collection === on.collection);
}
