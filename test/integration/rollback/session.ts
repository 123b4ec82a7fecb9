import { MongoClient } from 'mongodb';
import { ROLLBACK_DEFAULTS, type RollbackOptions } from '../../../src/rollback/model/options.ts';
import { type RollbackPorts, rollback } from '../../../src/rollback/rollback.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { silentLog } from '../../../src/support/log.ts';
import { freshDatabaseName } from '../../support/mongo.ts';

/** A database of a test's own, and `rollback` as a runner calls it. */
export class Session {
  readonly client: MongoClient;
  readonly name: string;
  readonly commands: { name: string; database: string; command: Record<string, unknown> }[] = [];

  /** @param name of the database: a fresh one by default */
  constructor(uri: string, name = freshDatabaseName('rollback')) {
    this.name = name;
    this.client = new MongoClient(uri, { monitorCommands: true, serverSelectionTimeoutMS: 10_000 });
    this.client.on('commandStarted', (event) => {
      this.commands.push({ name: event.commandName, database: event.databaseName, command: event.command });
    });
  }

  get db() {
    return this.client.db(this.name);
  }

  get state() {
    return this.client.db(`${this.name}_state`);
  }

  run(
    options: Partial<RollbackOptions> & Pick<RollbackOptions, 'operation'>,
    ports: Partial<RollbackPorts> = {},
  ) {
    return rollback(
      { ...ROLLBACK_DEFAULTS, requiredPermission: 'none', steps: [], ...options },
      {
        clock: systemClock,
        log: silentLog,
        signal: new AbortController().signal,
        redact: (text) => text,
        environment: 'test',
        dryRun: false,
        client: this.client,
        db: this.db,
        state: this.state,
        run: { actor: 'octocat', host: 'runner-1' },
        random: Math.random,
        ...ports,
      },
    );
  }

  async close(): Promise<void> {
    await this.db.dropDatabase();
    await this.state.dropDatabase();
    await this.client.close();
  }
}

export function builtIn(...steps: string[]): StepDefinition[] {
  return steps.map((step) => {
    const found = BUILT_IN_STEPS.find((definition) => definition.step === step);
    if (found === undefined) throw new Error(`no STEP ${step}`);
    return found;
  });
}

/** Every document of a collection, by its bytes with the top-level keys sorted: key order apart, types included. */
export async function snapshot(session: Session, collection: string): Promise<Map<string, string>> {
  const { readElements, asBuffer } = await import('../../../src/rollback/bson/raw.ts');
  const found = new Map<string, string>();
  for await (const bytes of session.db.collection(collection).find({}, { raw: true })) {
    const elements = readElements(bytes as unknown as Buffer).map(
      ([name, value]) => `${name}:${value.type}:${asBuffer(value.bytes).toString('hex')}`,
    );
    const id = elements.find((element) => element.startsWith('_id:')) ?? '';
    found.set(id, elements.sort().join('\n'));
  }
  return found;
}
