import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { plain, type Terminal } from '../../../src/cli/terminal/terminal.ts';
import { version } from '../../../src/cli/version.ts';
import { withoutRights } from '../../support/without-rights.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-main-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One call, on no terminal: what it printed and its exit code. */
async function call(argv: readonly string[], over: Partial<Terminal> = {}) {
  let out = '';
  let err = '';
  const exitCode = await main(
    argv,
    {
      env: {},
      cwd: folder,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      outPaint: plain,
      errPaint: plain,
      width: 100,
      live: false,
      interactive: false,
      ...over,
    },
    new AbortController().signal,
  );
  return { exitCode, out, err };
}

describe('what needs no run', () => {
  test.each([[['--help']], [['verify', '--help']], [['help', 'verify']]])(
    '%j is help, exit 0',
    async (argv) => {
      const { exitCode, out, err } = await call(argv);
      expect([exitCode, err]).toEqual([0, '']);
      expect(out).toContain(argv.includes('verify') ? 'deploy-guard verify' : 'deploy-guard COMMAND');
    },
  );

  test.each([[['--version']], [['-V']], [['verify', '--version']]])(
    '%j is the version, exit 0',
    async (argv) => {
      expect(await call(argv)).toEqual({ exitCode: 0, out: `${version()}\n`, err: '' });
    },
  );

  test('no argument at all prints the help to standard error and exits with 2', async () => {
    const { exitCode, out, err } = await call([]);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('deploy-guard COMMAND');
  });

  test('what is wrong names the help to read', async () => {
    expect((await call(['--zzzzzzzzzz'])).err).toMatch(/\nSee deploy-guard --help\.\n$/);
    expect((await call(['verify', '--zzzzzzzzzz'])).err).toMatch(/\nSee deploy-guard verify --help\.\n$/);
  });
});

describe('--ask, before anything runs', () => {
  test.each<[string[], Partial<Terminal>, RegExp]>([
    [
      ['verify', '--ask', 'bearer-tokn'],
      { interactive: true },
      /--ask bearer-tokn: is not the name of a secret\n {2}Did you mean `bearer-token`\?/,
    ],
    [
      ['verify', '--ask', 'zzzzzzzzzz'],
      { interactive: true },
      /is not the name of a secret\n {2}The secrets are .*bearer-token/,
    ],
    // An option that is no secret is not asked for either: it could be seen, and it would not be masked.
    [['verify', '--ask', 'samples'], { interactive: true }, /--ask samples: is not the name of a secret/],
    [
      ['verify', '--ask', 'bearer-token'],
      {},
      /--ask bearer-token: needs a terminal to ask on\n {2}Set the environment variable DEPLOY_GUARD_BEARER_TOKEN/,
    ],
  ])('%j on %j is exit 2', async (argv, terminal, message) => {
    const { exitCode, err, out } = await call(argv, terminal);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

test('an unknown variable with the prefix is a warning, without a guess if no name is near', async () => {
  const { err } = await call(['doctor', '--check-timeout=never'], {
    env: { DEPLOY_GUARD_ZZZZZZZZZZZZZZZZ: 'x' },
  });
  expect(err).toContain(
    'warning: the environment variable DEPLOY_GUARD_ZZZZZZZZZZZZZZZZ is not known and has no effect\n',
  );
});

test('a secret of tens of thousands of characters is said nowhere, and what is wrong is', async () => {
  const secret = 's3cr3t'.repeat(8_000);
  const { exitCode, out, err } = await call(
    ['alert', '--title=x', '--report-path', join(folder, 'report.json')],
    { env: { DEPLOY_GUARD_WEBHOOK_SECRET: secret } },
  );
  expect([exitCode, out]).toEqual([2, '']);
  expect(err).toContain('error: DEPLOY_GUARD_WEBHOOK_SECRET: is given without DEPLOY_GUARD_WEBHOOK_URL');
  expect(err).not.toMatch(/s3cr3ts3cr3t|733363723374733363723374/);
});

describe('init', () => {
  const init = (...more: string[]) => call(['init', '--yes', ...more]);
  const TARGET = '--targets=api=https://api.example.com/health';

  test.each<[string[], RegExp]>([
    [['--mongodb', '--channels=pager'], /`--channels` 'pager' is not known; write some of slack, email/],
    [[], /`--targets` is needed, or `--mongodb`/],
  ])('%j is refused', async (argv, message) => {
    const { exitCode, err } = await init(...argv);
    expect(exitCode).toBe(2);
    expect(err).toMatch(message);
  });

  test.skipIf(process.platform === 'win32')(
    'a folder that may not be written to: exit 1, and why',
    async () => {
      const mine = mkdtempSync(join(tmpdir(), 'deploy-guard-main-mine-'));
      mkdirSync(join(mine, '.github', 'workflows'), { recursive: true });
      // Others may look, and no more.
      for (const path of [mine, join(mine, '.github'), join(mine, '.github', 'workflows')])
        chmodSync(path, 0o555);
      try {
        const { exitCode, err } = await withoutRights(() => init(TARGET, `--folder=${mine}`));
        expect(exitCode).toBe(1);
        expect(err).toMatch(/^error: EACCES: .*deploy-guard\.yml/m);
      } finally {
        chmodSync(mine, 0o755);
        for (const path of ['.github', '.github/workflows']) chmodSync(join(mine, path), 0o755);
        rmSync(mine, { recursive: true });
      }
    },
  );
});

describe('doctor', () => {
  test.each(['never', '0s', '-1s', '11m', '2000h'])('--check-timeout=%s is exit 2', async (limit) => {
    expect(await call(['doctor', `--check-timeout=${limit}`])).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringContaining('`--check-timeout` is not a duration from 1ms to 10m; write 8s'),
    });
  });
});
