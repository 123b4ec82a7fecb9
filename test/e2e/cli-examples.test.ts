import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { COMMANDS } from '../../src/cli/arguments/commands.ts';
import { EXAMPLES } from '../../src/cli/help/examples.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { seedDatabase } from '../support/seed-data.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

/** Every example of `--help` and docs/CLI.md, run as it stands: only hosts, secrets and the digest are filled in. */
let target: HttpTarget;
let slack: SlackServer;
let client: MongoClient;
let database = '';
let stateDatabase = '';
let folder = '';
let digest = '';

beforeAll(async () => {
  target = await startHttpTarget();
  target.paths.set('/api/health', { body: '{"status":"UP"}' });
  slack = await startSlackServer();
  client = new MongoClient(inject('mongoUri'));
});
afterAll(async () => {
  await client.close();
  await target.close();
  await slack.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-examples-'));
  database = freshDatabaseName('shop');
  stateDatabase = freshDatabaseName('guard');
  await seedDatabase(client.db(database), { orders: 50, seed: 5 });
});
afterEach(async () => {
  await client.db(database).dropDatabase();
  await client.db(stateDatabase).dropDatabase();
  await rm(folder, { recursive: true, force: true });
});

/** One call of an example, as a shell splits it. */
function wordsOf(call: string): string[] {
  // What the shell does with the output is not the program's.
  return [...call.replace(/ > \S+$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (word) => word[1] ?? word[2] ?? word[3] ?? '',
  );
}

async function run(call: string): Promise<CliResult> {
  const [, command = '', ...words] = wordsOf(call);
  const filled = words.map((word) =>
    word.replace('https://api.example.com/', `${target.url}/`).replace('DIGEST', digest),
  );
  // Without a terminal a secret cannot be asked for: its variable holds it.
  const ask = filled.indexOf('--ask');
  if (ask >= 0) filled.splice(ask, 2);
  const quick = command === 'verify' || command === 'checklist' ? ['--interval=5ms'] : [];
  return runCli([command, ...filled, ...quick], {
    cwd: folder,
    env: {
      MONGODB_URI: inject('mongoUri'),
      DEPLOY_GUARD_MONGODB_DATABASE: database,
      DEPLOY_GUARD_STATE_DATABASE: stateDatabase,
      DEPLOY_GUARD_REQUIRED_PERMISSION: 'none',
      DEPLOY_GUARD_SLACK_WEBHOOK_URL: slack.webhookUrl,
    },
  });
}

/** What ends otherwise than with exit code 0, and why. */
const OTHERWISE: Readonly<Record<string, [exitCode: number, said: RegExp]>> = {
  // It asks, which needs a terminal; cli-terminal.test.ts answers.
  'deploy-guard init': [2, /--targets/],
  'deploy-guard rollback --operation resume': [2, /there is no operation that was cut short/],
  // Decisions of people stay open.
  'deploy-guard checklist pre --steps 19-22': [1, /backup/],
  'deploy-guard checklist post --targets api=https://api.example.com/ --done business-flow --done support-informed':
    [1, /logs/],
};

const CALLS = COMMANDS.flatMap((command) =>
  EXAMPLES[command].flatMap(({ lines }) =>
    lines
      .join('\n')
      .replace(/ \\\n */g, ' ')
      .split('\n'),
  ),
);
const APPLY = CALLS.find((call) => call.includes('DIGEST')) ?? '';

/** What a user has done before an example makes sense. */
async function prepare(call: string): Promise<void> {
  if (call.includes('--from-report')) {
    const verified = await run(
      'deploy-guard verify --targets api=https://api.example.com/ --report-path report.json',
    );
    expect(verified.exitCode, verified.stderr).toBe(0);
  }
  if (call.includes('DIGEST')) {
    const plan = await run('deploy-guard rollback --operation plan --steps 19,21 --json');
    digest = (JSON.parse(plan.stdout) as { rollback: { planDigest: string } }).rollback.planDigest;
  }
  if (call.endsWith('--operation restore')) {
    await prepare(APPLY);
    expect((await run(APPLY)).exitCode).toBe(0);
  }
}

test.each(CALLS)('the example runs: %s', async (call) => {
  await prepare(call);
  const [exitCode, said] = OTHERWISE[call] ?? [0, /./];
  const ended = await run(call);
  expect(ended.exitCode, ended.stdout + ended.stderr).toBe(exitCode);
  expect(ended.stdout + ended.stderr).toMatch(said);
});

test('history and unlock answer on standard output, in words of their own', async () => {
  const history = await run('deploy-guard rollback --operation history');
  expect(history.stdout.split('\n')[1], history.stderr).toBe('No operation is recorded for this database.');
  const unlock = await run('deploy-guard rollback --operation unlock');
  expect(unlock.exitCode, unlock.stderr).toBe(0);
  expect(unlock.stdout.split('\n')[1]).toMatch(/nobody holds the lease/i);
  await prepare(APPLY);
  await run(APPLY);
  const after = await run('deploy-guard rollback --operation history');
  expect(after.stdout.split('\n')[1]).toBe('1 operation, the newest first.');
  expect(after.stdout).toMatch(/apply +succeeded/);
});
