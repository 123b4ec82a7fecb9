import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { ActionResult } from '../support/action.ts';
import { testCertificate } from '../support/certificate.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { Chance, seededRandom } from '../support/seeded-random.ts';
import { type Link, type LinkOptions, openLink } from './link.ts';

/** Each of these is given to the guard in every round that has a place for it, and must be seen nowhere. */
export const SECRETS = {
  bearer: 'chaos-bearer-7f3k9q2m',
  header: 'chaos-header-x8w4v1zz',
  smtp: 'chaos-smtp-p4ss/w+rd',
  webhook: 'chaos-hook-s3cr3t-path',
  signing: 'chaos-signing-key-55',
} as const;

/** One round: its chance, its parts with the links to them, and what was found wrong. */
export class World {
  readonly seed: number;
  readonly chance: Chance;
  readonly folder: string;
  readonly caFile: string;
  readonly mongoUri: string;
  readonly client: MongoClient;
  readonly database = freshDatabaseName('chaos');
  readonly stateDatabase = `${this.database}_state`;
  readonly links: Link[] = [];
  readonly breaches: string[] = [];
  /** how often each thing happened: faults by kind, kills, jumps, disks */
  readonly happened = new Map<string, number>();
  readonly skipped: string[] = [];
  /** what the round is about, for the line that tells of a breach */
  title = '';
  readonly #secrets = new Set<string>(Object.values(SECRETS));
  readonly #closers: (() => Promise<void>)[] = [];
  #number = 0;

  private constructor(seed: number, folder: string, caFile: string, mongoUri: string) {
    this.seed = seed;
    this.chance = new Chance(seededRandom(seed));
    this.folder = folder;
    this.caFile = caFile;
    this.mongoUri = mongoUri;
    this.client = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 120_000 });
  }

  static async open(seed: number, mongoUri: string): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-chaos-'));
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, (await testCertificate()).cert);
    return new World(seed, folder, caFile, mongoUri);
  }

  breach(text: string): void {
    this.breaches.push(text);
  }

  count(what: string, times = 1): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + times);
  }

  skip(reason: string): void {
    this.skipped.push(reason);
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  secret(value: string): void {
    this.#secrets.add(value);
  }

  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async link(options: LinkOptions): Promise<Link> {
    const link = await openLink(options);
    this.links.push(link);
    return link;
  }

  /** The link to MongoDB, and the connection string through it. */
  async mongoLink(): Promise<{ link: Link; uri: string }> {
    const port = Number(new URL(this.mongoUri).port || 27_017);
    // Without TLS nobody can tell a spoiled document from a whole one: there only with it.
    const link = await this.link({
      name: 'mongodb',
      port,
      tls: this.chance.percent(50),
      spoilAnswers: false,
    });
    const tls = link.tls ? `&tls=true&tlsCAFile=${encodeURIComponent(this.caFile)}` : '';
    // A connection that swallows everything costs this limit once, and rounds are to end.
    const limits = 'serverSelectionTimeoutMS=4000&socketTimeoutMS=10000';
    const uri = `mongodb://${link.host}/?directConnection=true&${limits}${tls}`;
    return { link, uri };
  }

  calm(): void {
    for (const link of this.links) link.calm();
  }

  /** Searches everything that a process printed and wrote. */
  lookForSecrets(label: string, result: ActionResult): void {
    const { outputs, summary, report } = result;
    const printed = `${result.stdout}\n${result.stderr}`.replaceAll(/^::add-mask::.*$/gm, '');
    this.searchFor(
      label,
      [printed, JSON.stringify(outputs), summary, JSON.stringify(report ?? '')].join('\n'),
    );
  }

  /** Searches a text for each secret as it is, encoded for a URL, in base64. */
  searchFor(where: string, text: string, allowed: readonly string[] = []): void {
    for (const secret of this.#secrets) {
      if (allowed.includes(secret)) continue;
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
      const found = forms.find((form) => text.includes(form));
      if (found !== undefined) {
        const at = text.indexOf(found);
        this.breach(`${where}: a secret leaked: …${text.slice(Math.max(0, at - 80), at + 80)}…`);
      }
    }
  }

  async close(): Promise<void> {
    for (const link of this.links) {
      for (const { kind } of link.proxy.injected) this.count(`${link.name} ${kind}`);
      await link.close();
    }
    for (const close of this.#closers.reverse()) await close();
    await this.client.db(this.database).dropDatabase();
    await this.client.db(this.stateDatabase).dropDatabase();
    await this.client.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
