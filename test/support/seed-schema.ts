import type { CreateIndexesOptions, Db, Document, IndexSpecification } from 'mongodb';

interface MigrationIndex {
  collection: string;
  key: Exclude<IndexSpecification, string | unknown[] | Map<string, unknown>>;
  options?: CreateIndexesOptions;
}

/** The indexes that the migration made (STEP 30); each has the name that MongoDB gives it from its keys. */
export const migrationIndexes: MigrationIndex[] = [
  { collection: 'orders', key: { customer_id: 1, created_at: -1 } },
  { collection: 'orders', key: { subscription_id: 1 }, options: { sparse: true } },
  { collection: 'orders', key: { status: 1, created_at: -1 } },
  { collection: 'orders', key: { order_number: 1 }, options: { unique: true } },
  { collection: 'subscriptions', key: { customer_id: 1, status: 1 } },
  { collection: 'subscriptions', key: { order_id: 1 } },
  { collection: 'subscriptions', key: { next_billing_date: 1 } },
  { collection: 'users', key: { email: 1 }, options: { unique: true } },
  { collection: 'users', key: { customer_id: 1 }, options: { sparse: true } },
  { collection: 'customers', key: { customer_id: 1 }, options: { unique: true } },
  { collection: 'customers', key: { user_id: 1 }, options: { sparse: true } },
  { collection: 'customers', key: { legacy_id: 1 } },
  { collection: 'audit_logs', key: { entity: 1, entity_id: 1, created_at: -1 } },
  { collection: 'audit_logs', key: { created_at: 1 }, options: { expireAfterSeconds: 63_072_000 } },
  { collection: 'routes', key: { route: 1 }, options: { unique: true } },
];

/** Makes the indexes of the migration. */
export async function createMigrationIndexes(db: Db): Promise<void> {
  for (const { collection, key, options } of migrationIndexes) {
    await db.collection(collection).createIndex(key, options ?? {});
  }
}

/** The validators that the migration set (STEPs 24 and 27), by collection. */
export const migrationValidators: Record<string, Document> = {
  users: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['email', 'role'],
      properties: {
        email: { bsonType: 'string' },
        role: { enum: ['customer', 'support', 'manager', 'admin'] },
      },
    },
  },
  subscriptions: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['start_date'],
      properties: {
        start_date: { bsonType: 'date' },
        end_date: { bsonType: ['date', 'null'] },
        next_billing_date: { bsonType: ['date', 'null'] },
      },
    },
  },
};
