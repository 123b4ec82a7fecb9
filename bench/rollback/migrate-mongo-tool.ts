import { join } from 'node:path';
import { config, down, status, up } from 'migrate-mongo';
import type { MongoClient } from 'mongodb';

/** How the `down` of the migration is written: see migrations/. */
export type Style = 'statement' | 'loop';

const FILE = '20250301000000-subscription-id.js';

/** migrate-mongo itself, with its configuration as `migrate-mongo init` writes it. */
function configure(style: Style): void {
  config.set({
    migrationsDir: join(import.meta.dirname, 'migrations', style),
    changelogCollectionName: 'changelog',
    lockCollectionName: 'changelog_lock',
    lockTtl: 0,
    migrationFileExtension: '.js',
    useFileHash: false,
    moduleSystem: 'esm',
  } as Parameters<typeof config.set>[0]);
}

/** The migration counts as applied, as after its deployment. */
export async function markApplied(client: MongoClient, database: string): Promise<void> {
  const changelog = client.db(database).collection('changelog');
  await changelog.deleteMany({});
  await changelog.insertOne({ fileName: FILE, appliedAt: new Date() });
}

export async function migrateDown(style: Style, client: MongoClient, database: string): Promise<void> {
  configure(style);
  const undone = await down(client.db(database) as never, client as never);
  if (undone.join() !== FILE) throw new Error(`migrate-mongo undid ${JSON.stringify(undone)}`);
}

/** @returns what it migrated */
export async function migrateUp(style: Style, client: MongoClient, database: string): Promise<string[]> {
  configure(style);
  return up(client.db(database) as never, client as never);
}

/** What migrate-mongo says of the migration: `PENDING`, or `APPLIED`. */
export async function migrationStatus(style: Style, client: MongoClient, database: string): Promise<string> {
  configure(style);
  const [item] = await status(client.db(database) as never);
  return item?.appliedAt === 'PENDING' ? 'PENDING' : 'APPLIED';
}
