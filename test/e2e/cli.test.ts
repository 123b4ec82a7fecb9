import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Report, reportSchema } from '../../src/report/schema.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { OLDEST_NODE } from '../../src/support/node-version.ts';
import { withFileLimit } from '../chaos/disk.ts';
import { CLI, runCli } from '../support/cli.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { seedDatabase } from '../support/seed-data.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

/** The bundled command line as a process of its own, against real servers. */
let target: HttpTarget;
let slack: SlackServer;
let folder = '';
beforeAll(async () => {
  target = await startHttpTarget();
  target.paths.set('/status/500', { status: 500 });
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'cli-test-'));
});
afterAll(async () => {
  await target.close();
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

const quick = ['--interval', '5ms', '--samples', '10', '--warmup', '1', '--wait-timeout', '1s'];
const ESCAPE = '\u001b';

describe('verify', () => {
  test('green: exit 0, the result alone on standard output, progress on standard error', async () => {
    const run = await runCli(['verify', ...quick, '--targets', `api=${target.url}/`]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^PASS {2}verify · production/);
    expect(run.stdout).toMatch(/^pass +api reachable/m);
    expect(run.stderr).toMatch(/^reachable: /m);
    expect(run.stdout + run.stderr).not.toContain(ESCAPE);
  });

  test('red: exit 1, and why', async () => {
    const run = await runCli(['verify', ...quick, `--targets=api=${target.url}/status/500`]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/^FAIL /);
    expect(run.stdout).toMatch(/500/);
  });

  test('--json: the report is the only thing on standard output', async () => {
    const run = await runCli(['verify', ...quick, '--targets', `api=${target.url}/`, '--json', '--quiet']);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(reportSchema.parse(JSON.parse(run.stdout)).verdict).toBe('pass');
    expect(run.stderr).toBe('');
  });

  test('the report is written to --report-path', async () => {
    const path = join(folder, 'report.json');
    await runCli(['verify', ...quick, '--targets', `api=${target.url}/`, '--report-path', path]);
    expect(reportSchema.parse(JSON.parse(await readFile(path, 'utf8'))).mode).toBe('verify');
  });

  test('could not measure: exit 3', async () => {
    // Below a file there is nothing: the baseline is there perhaps, and cannot be read.
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const run = await runCli([
      'verify',
      ...quick,
      `--targets=api=${target.url}/`,
      '--thresholds=http_req_duration: p(95)<=+500%',
      '--baseline=compare',
      `--state=file:${join(file, 'state.json')}`,
    ]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stdout).toMatch(/^ERROR /);
    expect(run.stdout).toContain('could not be read');
  });

  test('what is wrong with the settings: exit 2, in the words of the command line, before anything runs', async () => {
    const before = target.requests.length;
    const run = await runCli([
      'verify',
      '--targets',
      `${target.url}/`,
      '--samples',
      'ten',
      '--state',
      'mongodb',
    ]);
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain("error: --samples: 'ten' is not a whole number");
    expect(run.stderr).toContain('DEPLOY_GUARD_MONGODB_URI');
    expect(target.requests.length).toBe(before);
  });

  test('a variable of the environment counts, and the option wins over it', async () => {
    const run = await runCli(
      ['verify', ...quick, '--targets', `api=${target.url}/`, '--environment', 'staging', '--json'],
      {
        env: { DEPLOY_GUARD_ENVIRONMENT: 'production', DEPLOY_GUARD_SAMPLES: '3', DEPLOY_GUARD_SAMPELS: '4' },
      },
    );
    expect((JSON.parse(run.stdout) as Report).environment).toBe('staging');
    expect(run.stderr).toContain(
      'warning: the environment variable DEPLOY_GUARD_SAMPELS is not known and has no effect; did you mean DEPLOY_GUARD_SAMPLES?',
    );
  });

  test('in a GitHub job the outputs and the summary are written as by the action', async () => {
    const output = join(folder, 'output');
    const summary = join(folder, 'summary');
    await writeFile(output, '');
    await runCli(['verify', ...quick, '--targets', `api=${target.url}/`], {
      env: { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
    });
    expect((await readFile(output, 'utf8')).split('\n')).toContain('verdict=pass');
    expect(await readFile(summary, 'utf8')).toContain('✅ pass');
  });

  test('a pull request stays a dry run', async () => {
    const run = await runCli(['verify', ...quick, '--targets', `api=${target.url}/`, '--json'], {
      env: { GITHUB_EVENT_NAME: 'pull_request' },
    });
    expect((JSON.parse(run.stdout) as Report).dryRun).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: ends cleanly, with a report that says so',
    async (signal) => {
      const run = await runCli(
        ['verify', '--targets', `${target.url}/`, '--initial-delay', '60s', '--json'],
        {
          onStart: (child) => setTimeout(() => child.kill(signal), 1_500),
        },
      );
      expect(run.exitCode).not.toBe(0);
      expect(run.durationMs).toBeLessThan(1_500 + 7_000);
      expect((JSON.parse(run.stdout) as Report).cause).toContain(`interrupted by ${signal}`);
      expect(run.stderr).toContain('ending cleanly');
    },
  );

  test.skipIf(process.platform === 'win32')('a result that cannot be written is exit 1', async () => {
    const [bash = '', ...limited] = withFileLimit(0);
    const run = await runCli(
      ['bash', '-c', '"$0" "$1" --version > "$2"', process.execPath, CLI, join(folder, 'version')],
      { command: [bash, ...limited] },
    );
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('a closed pipe does not break the run', async () => {
    const path = join(folder, 'closed-pipe.json');
    const run = await runCli(
      [
        '-c',
        `"$0" "$1" verify ${quick.join(' ')} --targets "$2" --report-path "$3" | true; exit "\${PIPESTATUS[0]}"`,
        process.execPath,
        CLI,
        `${target.url}/`,
        path,
      ],
      { command: ['bash'] },
    );
    expect(run.exitCode, run.stderr).toBe(0);
    expect(reportSchema.parse(JSON.parse(await readFile(path, 'utf8'))).verdict).toBe('pass');
  });
});

describe('colours', () => {
  const run = (env: Record<string, string>, ...more: string[]) =>
    runCli(['verify', ...quick, '--targets', `api=${target.url}/`, ...more], { env });
  test('FORCE_COLOR brings them into a pipe, NO_COLOR and --no-color take them away', async () => {
    const [forced, none, option, wanted] = await Promise.all([
      run({ FORCE_COLOR: '1' }),
      run({ NO_COLOR: '1' }),
      run({ FORCE_COLOR: '1' }, '--no-color'),
      run({ NO_COLOR: '1' }, '--color'),
    ]);
    expect(forced.stdout).toContain(`${ESCAPE}[32mPASS${ESCAPE}[39m`);
    expect(wanted.stdout).toContain(ESCAPE);
    expect(none.stdout + none.stderr).not.toContain(ESCAPE);
    expect(option.stdout + option.stderr).not.toContain(ESCAPE);
  });
});

describe('alert', () => {
  test('sends, with the webhook from the environment, which is shown nowhere', async () => {
    const before = slack.messages.length;
    const run = await runCli(
      ['alert', '--title', 'Payments are off', '--state', `file:${join(folder, 'state.json')}`],
      {
        env: { DEPLOY_GUARD_SLACK_WEBHOOK_URL: slack.webhookUrl },
      },
    );
    expect(run.exitCode, run.stderr).toBe(0);
    expect(slack.messages.length).toBe(before + 1);
    expect(run.stdout).toMatch(/sent .*Payments are off/);
    expect(run.stdout).toContain('slack: delivered');
    expect(run.stderr).toContain('from the environment: DEPLOY_GUARD_SLACK_WEBHOOK_URL');
    expect(run.stdout + run.stderr).not.toContain(new URL(slack.webhookUrl).pathname);
  });

  test('--dry-run shows the message and sends nothing', async () => {
    const before = slack.requests.length;
    const run = await runCli(['alert', '--title', 'Payments are off', '--dry-run'], {
      env: { DEPLOY_GUARD_SLACK_WEBHOOK_URL: slack.webhookUrl },
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain('--- slack, not sent');
    expect(slack.requests.length).toBe(before);
  });

  test('not delivered: exit 1', async () => {
    slack.answerNext({ status: 403, body: 'invalid_token' });
    const run = await runCli(['alert', '--title', 'Not delivered'], {
      env: { DEPLOY_GUARD_SLACK_WEBHOOK_URL: slack.webhookUrl },
    });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('invalid_token');
  });
});

describe('a secret as an option', () => {
  test('is refused with its variable before anything runs, and shown nowhere', async () => {
    const secret = 'hunter2-hunter2';
    const before = target.requests.length;
    const run = await runCli([
      'verify',
      '--targets',
      `${target.url}/`,
      '--bearer-token',
      secret,
      `--mongodb-uri=mongodb://app:${secret}@127.0.0.1/shop`,
    ]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('DEPLOY_GUARD_BEARER_TOKEN');
    expect(run.stderr).toContain('DEPLOY_GUARD_MONGODB_URI');
    expect(run.stdout + run.stderr).not.toContain(secret);
    expect(target.requests.length).toBe(before);
  });
});

// The branch that brings this input may not be here yet.
const nobodyToAsk = Object.hasOwn(ALL_INPUTS, 'required-permission') ? ['--required-permission', 'none'] : [];

describe('rollback', () => {
  let client: MongoClient;
  let database = '';
  let stateDatabase = '';
  beforeAll(async () => {
    client = new MongoClient(inject('mongoUri'));
    database = freshDatabaseName('shop');
    stateDatabase = freshDatabaseName('guard');
    await seedDatabase(client.db(database), { orders: 500, seed: 7 });
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.db(stateDatabase).dropDatabase();
    await client.close();
  });
  const rollback = (...args: string[]) =>
    runCli(
      [
        'rollback',
        '--mongodb-database',
        database,
        '--state-database',
        stateDatabase,
        ...nobodyToAsk,
        ...args,
      ],
      {
        env: { MONGODB_URI: inject('mongoUri') },
      },
    );

  test('plan → apply of exactly that plan → another apply at the same time is exit 4 → restore', async () => {
    const planned = await rollback('--operation', 'plan', '--steps', '19', '--json');
    expect(planned.exitCode, planned.stderr).toBe(0);
    const { rollback: plan } = JSON.parse(planned.stdout) as Report;
    const orders = client.db(database).collection('orders');
    const count = await orders.countDocuments({ subscription_id: { $exists: true } });
    expect(count).toBeGreaterThan(0);

    // Somebody else holds the lease.
    const leases = client.db(stateDatabase).collection('leases');
    const lease = {
      _id: `rollback:${database}` as never,
      holder: 'somebody else',
      operationId: 'op-x',
      environment: 'production',
      token: 1,
      acquiredAt: new Date(),
      expiresAt: new Date(Date.now() + 60_000),
    };
    await leases.insertOne(lease);
    const held = await rollback('--operation', 'apply', '--steps', '19');
    expect(held.exitCode, held.stderr).toBe(4);
    expect(held.stderr).toContain('somebody else');
    await leases.deleteMany({});

    const applied = await rollback(
      '--operation',
      'apply',
      '--steps',
      '19',
      '--plan-digest',
      plan?.planDigest ?? '',
    );
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(applied.stdout).toMatch(/STEP 19 subscription-id {2}rolled back/);
    expect(await orders.countDocuments({ subscription_id: { $exists: true } })).toBe(0);

    const restored = await rollback('--operation', 'restore');
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await orders.countDocuments({ subscription_id: { $exists: true } })).toBe(count);

    const history = await rollback('--operation', 'history');
    expect(history.stdout).toMatch(/ apply .* succeeded /);
  });

  test('a missing phrase is exit 2, and shown as an option to copy', async () => {
    const run = await rollback('--operation', 'apply', '--steps', '21');
    expect(run.exitCode, run.stderr).toBe(2);
    expect(run.stderr).toContain("write `--confirm 'roll back 21 in production'`");
  });
});

describe('an older Node', () => {
  // The version that a process tells of itself, as an older Node would tell it.
  const older = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.0'})`;
  test('gets one clear sentence, exit 2, and loads nothing that it could not', async () => {
    const run = await runCli(['verify'], { command: [process.execPath, '--import', older, CLI] });
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr.trim().split('\n')).toEqual([
      `deploy-guard: this is Node 20.19.0, and Node ${OLDEST_NODE} or newer is needed; install Node 24 (https://nodejs.org) and try again.`,
    ]);
  });
});
