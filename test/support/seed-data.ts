import type { Db, Document } from 'mongodb';
import { createMigrationIndexes, migrationValidators } from './seed-schema.ts';
import {
  auditLogOf,
  customerOf,
  orderOf,
  routeOf,
  type SeedPlan,
  seedPlan,
  subscriptionOf,
  userOf,
} from './shop.ts';

export interface SeedOptions {
  /** number of orders, 1,000 by default; the other collections follow from it */
  orders?: number;
  /** the same seed gives the same documents, down to their ids */
  seed?: number;
  /** creates the indexes of the migration, true by default */
  indexes?: boolean;
  /** creates `users` and `subscriptions` with the migration's validators, for servers that have them */
  validators?: boolean;
  batchSize?: number;
}

/** How many documents each collection got. */
export type SeedCounts = Record<
  'users' | 'customers' | 'subscriptions' | 'orders' | 'routes' | 'audit_logs',
  number
>;

/**
 * Fills an empty database with a shop as it is after the migration STEPs 19 to 30. Documents are made and
 * written batch by batch, so that memory does not grow with their number.
 */
export async function seedDatabase(db: Db, options: SeedOptions = {}): Promise<SeedCounts> {
  const plan = seedPlan(options.orders ?? 1_000, options.seed ?? 1);
  if (options.validators === true) {
    for (const [collection, validator] of Object.entries(migrationValidators)) {
      await db.createCollection(collection, { validator });
    }
  }
  for (const [name, count, make] of collections(plan)) {
    await insert(db, name, count, make, options.batchSize ?? 1_000);
  }
  if (options.indexes !== false) await createMigrationIndexes(db);
  return plan.counts;
}

/** The documents of one collection, one after the other, as `seedDatabase` writes them. */
export function* seededDocuments(
  collection: keyof SeedCounts,
  options: Pick<SeedOptions, 'orders' | 'seed'> = {},
): Generator<Document> {
  const plan = seedPlan(options.orders ?? 1_000, options.seed ?? 1);
  for (const [name, count, make] of collections(plan)) {
    if (name !== collection) continue;
    for (let index = 0; index < count; index += 1) yield make(index);
  }
}

type Make = (index: number) => Document;

function collections(plan: SeedPlan): [keyof SeedCounts, number, Make][] {
  const { counts } = plan;
  return [
    ['users', counts.users, (index) => userOf(plan, index)],
    ['customers', counts.customers, (index) => customerOf(plan, index)],
    ['subscriptions', counts.subscriptions, (index) => subscriptionOf(plan, index)],
    ['orders', counts.orders, (index) => orderOf(plan, index)],
    ['routes', counts.routes, (index) => routeOf(plan, index)],
    ['audit_logs', counts.audit_logs, (index) => auditLogOf(plan, index)],
  ];
}

async function insert(db: Db, name: string, count: number, make: Make, batchSize: number): Promise<void> {
  for (let from = 0; from < count; from += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, count - from) }, (_, offset) =>
      make(from + offset),
    );
    await db.collection(name).insertMany(batch, { ordered: false });
  }
}
