import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { WORKFLOWS } from '../../src/cli/arguments/own-options.ts';
import { CHECKLISTS } from '../../src/cli/checklist/lines.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { runCli } from '../support/cli.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { seedDatabase } from '../support/seed-data.ts';
import { missingTool, toolPath } from '../support/tools.ts';

/** init writes files that hold; checklist runs what it can and says what is open. */
let folder = '';
let target: HttpTarget;
beforeAll(async () => {
  target = await startHttpTarget();
  folder = await mkdtemp(join(tmpdir(), 'cli-files-'));
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});
const fresh = () => mkdtemp(join(folder, 'repo-'));

const FULL = [
  '--channels=slack,email',
  '--email-from=guard@example.com',
  '--email-to=ops@example.com,oncall@example.com',
  `--workflows=${WORKFLOWS.join(',')}`,
  '--mongodb',
];

describe('init', () => {
  test('writes a guard file that verify takes as it is', async () => {
    const cwd = await fresh();
    const made = await runCli(['init', '--targets', `api=${target.url}/`], { cwd });
    expect(made.exitCode, made.stderr).toBe(0);
    expect(made.stdout).toContain('.github/deploy-guard.yml');
    const run = await runCli(['verify', '--interval', '5ms', '--json'], { cwd });
    expect(JSON.parse(run.stdout), run.stderr).toMatchObject({ verdict: 'pass', environment: 'production' });
  });

  test('never overwrites: it says what it left alone', async () => {
    const cwd = await fresh();
    await runCli(['init', '--targets', `api=${target.url}/`], { cwd });
    await writeFile(join(cwd, '.github', 'deploy-guard.yml'), 'environment: mine\n');
    const again = await runCli(
      ['init', '--targets', `api=${target.url}/`, '--workflows', 'verify,health', '--json'],
      { cwd },
    );
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      written: ['.github/workflows/deploy-guard-health.yml'],
      kept: ['.github/deploy-guard.yml', '.github/workflows/deploy-guard-verify.yml'],
    });
    expect(await readFile(join(cwd, '.github', 'deploy-guard.yml'), 'utf8')).toBe('environment: mine\n');
  });

  test('names the schema of the version that the workflows run, for editors', async () => {
    const cwd = await fresh();
    await runCli(['init', '--mongodb', '--uses', 'acme/guard@v0.3.0'], { cwd });
    const [first] = (await readFile(join(cwd, '.github', 'deploy-guard.yml'), 'utf8')).split('\n');
    expect(first).toBe(
      '# yaml-language-server: $schema=https://raw.githubusercontent.com/acme/guard/v0.3.0/docs/schema/guard-file.schema.json',
    );
  });

  test('without a workflow it does not speak of secrets', async () => {
    const run = await runCli(['init', '--mongodb', '--workflows', 'none'], { cwd: await fresh() });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).not.toMatch(/secret/i);
  });

  test('says which secrets the workflows read', async () => {
    const run = await runCli(['init', '--targets', 'https://example.com/', ...FULL], { cwd: await fresh() });
    for (const name of ['MONGODB_URI', 'SLACK_WEBHOOK_URL', 'SMTP_URL', 'MONGODB_URI_READ_ONLY'])
      expect(run.stdout).toContain(`gh secret set ${name}`);
  });

  test.each([
    ['nothing to guard', [], /`--targets` is needed, or `--mongodb`/],
    ['a target that is no URL', ['--targets', 'nonsense'], /`--targets` /],
    ['a target with a password', ['--targets', 'http://me:hunter2-hunter2@example.com/'], /committed/],
    [
      'mail without addresses',
      ['--mongodb', '--channels', 'email'],
      /`--email-from` is needed[\s\S]*`--email-to` is needed/,
    ],
    ['an unknown workflow', ['--mongodb', '--workflows', 'verfy'], /'verfy' is not known/],
    [
      'rollback without a database',
      ['--targets', 'https://example.com/', '--workflows', 'rollback'],
      /needs a database/,
    ],
    ['an action that is none', ['--mongodb', '--uses', 'x'], /OWNER\/NAME@REF/],
  ])('%s: exit 2, and nothing is written', async (_name, args, words) => {
    const cwd = await fresh();
    const run = await runCli(['init', ...args], { cwd });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(words);
    expect(run.stdout + run.stderr).not.toContain('hunter2');
    expect(await readdir(cwd)).toEqual([]);
  });

  const commit = '1af3b93b6815bc44a9784bd300feb67ff0d1eeb3';
  const linted = async (program: string, args: string[]) => {
    const cwd = await fresh();
    const tool = (name: string, words: string[]) =>
      promisify(execFile)(name, words, { cwd, env: { ...process.env, PATH: toolPath } });
    await tool('git', ['init', '--quiet']);
    await runCli(
      ['init', '--targets', 'https://example.com/', ...FULL, '--uses', `deploy-guard/deploy-guard@${commit}`],
      { cwd },
    );
    const other = await fresh();
    // Without MongoDB the state goes through the cache.
    await runCli(
      [
        'init',
        '--targets',
        'https://example.com/',
        '--channels=slack',
        '--workflows=health',
        '--uses',
        `deploy-guard/deploy-guard@${commit}`,
      ],
      { cwd: other },
    );
    await copyFile(
      join(other, '.github/workflows/deploy-guard-health.yml'),
      join(cwd, '.github/workflows/other.yml'),
    );
    return tool(program, args).then(
      () => '',
      (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
    );
  };
  test.skipIf(missingTool('actionlint', 'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'))(
    'workflows that actionlint has nothing to say about',
    async () => expect(await linted('actionlint', ['-no-color'])).toBe(''),
  );
  test.skipIf(missingTool('zizmor', 'pip install zizmor'))(
    'workflows that zizmor has nothing to say about, where the action is pinned',
    async () =>
      expect(await linted('zizmor', ['--offline', '--pedantic', '--no-progress', '--quiet', '.github'])).toBe(
        '',
      ),
  );
});

describe('checklist', () => {
  const decisions = (name: 'pre' | 'plan' | 'post') =>
    CHECKLISTS[name].lines.filter((line) => line.kind === 'decision').map(({ id }) => id);
  const nobodyToAsk = Object.hasOwn(ALL_INPUTS, 'required-permission')
    ? ['--required-permission', 'none']
    : [];
  let client: MongoClient;
  let database = '';
  let stateDatabase = '';
  beforeAll(async () => {
    client = new MongoClient(inject('mongoUri'));
    database = freshDatabaseName('shop');
    stateDatabase = freshDatabaseName('guard');
    await seedDatabase(client.db(database), { orders: 200, seed: 3 });
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.db(stateDatabase).dropDatabase();
    await client.close();
  });
  const checklist = (args: string[], env: Record<string, string> = {}) =>
    runCli(
      [
        'checklist',
        ...args,
        '--targets',
        `api=${target.url}/`,
        '--interval=5ms',
        '--mongodb-database',
        database,
        '--state-database',
        stateDatabase,
        ...nobodyToAsk,
      ],
      { env: { MONGODB_URI: inject('mongoUri'), ...env } },
    );
  const webhook = {
    DEPLOY_GUARD_SLACK_WEBHOOK_URL:
      'https://hooks.slack.com/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx',
  };

  test('missing decisions are open: exit 1, each listed with who decides', async () => {
    const run = await checklist(['pre', '--steps', '19', '--json'], webhook);
    expect(run.exitCode).toBe(1);
    const { lines } = JSON.parse(run.stdout) as { lines: { id: string; status: string; reason: string }[] };
    expect(lines.map(({ id }) => id)).toEqual(CHECKLISTS.pre.lines.map(({ id }) => id));
    expect(lines.filter(({ status }) => status === 'open').map(({ id }) => id)).toEqual(decisions('pre'));
    expect(lines.find(({ id }) => id === 'backup')?.reason).toBe(
      'database owner decides; then --done backup',
    );
  });

  test('with every decision named, it is done: exit 0', async () => {
    const done = decisions('pre').flatMap((id) => ['--done', `${id}=Ana`]);
    const run = await checklist(['pre', '--steps', '19', ...done], webhook);
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.stdout).toMatch(/10 done, 0 open, 0 skipped/);
    expect(run.stdout).toContain('decided by Ana');
  });

  test('a command that fails is open, with its reason, and no decision can close it', async () => {
    target.paths.set('/', { status: 500 });
    const run = await checklist(['pre', '--steps', '19', '--wait-timeout=300ms']);
    target.paths.delete('/');
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/open +The service is healthy[^\n]*\n +deploy-guard verify: fail: api .*500/);
    expect(run.stdout).toContain('nobody would be notified');
    const decided = await checklist(['pre', '--done', 'green-before']);
    expect(decided.exitCode).toBe(2);
    expect(decided.stderr).toContain('decides this line');
  });

  test('a comparison that had no baseline is open, and done once there is one', async () => {
    const postCheck = async () => {
      const skip = CHECKLISTS.post.lines
        .filter(({ id }) => id !== 'green-after')
        .flatMap(({ id }) => ['--skip', id]);
      const run = await checklist(['post', ...skip, '--json']);
      const { lines } = JSON.parse(run.stdout) as { lines: { id: string; status: string; reason: string }[] };
      return { exitCode: run.exitCode, line: lines.find(({ id }) => id === 'green-after') };
    };
    expect(await postCheck()).toMatchObject({
      exitCode: 1,
      line: { status: 'open', reason: expect.stringContaining('nothing was compared') },
    });
    // That run recorded what it saw, as `baseline: compare` does.
    expect(await postCheck()).toMatchObject({ exitCode: 0, line: { status: 'done' } });
  });

  test('an operation that was left half done is open', async () => {
    const operations = client.db(stateDatabase).collection('rollback_operations');
    const run = await runCli(
      [
        'rollback',
        '--operation=apply',
        '--steps=19',
        '--mongodb-database',
        database,
        '--state-database',
        stateDatabase,
        ...nobodyToAsk,
      ],
      { env: { MONGODB_URI: inject('mongoUri') } },
    );
    expect(run.exitCode, run.stderr).toBe(0);
    await operations.updateMany({}, { $set: { state: 'interrupted' } });
    const post = await checklist(
      ['post', '--skip', 'green-after', ...decisions('post').flatMap((id) => ['--done', id])],
      webhook,
    );
    expect(post.exitCode).toBe(1);
    expect(post.stdout).toMatch(/is interrupted; finish it with `deploy-guard rollback --operation resume`/);
    expect(post.stdout).toMatch(/1 open, 1 skipped: nothing-half-done-after/);
    await operations.deleteMany({});
  });

  test('an id that is mistyped is exit 2, with the nearest', async () => {
    const run = await checklist(['pre', '--done', 'bakcup']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('did you mean `backup`?');
  });
});
