import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI } from '../support/cli.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** The command line on a terminal: `script` of util-linux gives it one. */
const why = noTerminal();
let target: HttpTarget;
let folder = '';
beforeAll(async () => {
  target = await startHttpTarget();
  folder = await mkdtemp(join(tmpdir(), 'cli-terminal-'));
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

function noTerminal(): string | undefined {
  const answer = spawnSync('script', ['-qec', 'test -t 1 && echo terminal', '/dev/null'], {
    encoding: 'utf8',
    input: '',
    timeout: 10_000,
  });
  if (answer.status === 0 && answer.stdout.includes('terminal')) return undefined;
  const reason = 'needs a pseudo-terminal: `script` of util-linux is not here';
  console.error(`skipped: ${reason}`);
  return reason;
}

interface OnTerminal {
  child: ChildProcess;
  /** all that the terminal was sent so far */
  screen(): string;
  /** Waits for a text, then types. */
  answer(text: string, keys: string): Promise<void>;
  exitCode: Promise<number | null>;
}

function onTerminal(args: string[], env: Record<string, string> = {}, cwd = folder): OnTerminal {
  const quoted = [process.execPath, CLI, ...args]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
  // Without a size of its own the terminal would be 0 columns wide.
  const child = spawn('script', ['-qec', `stty cols 120 rows 40; exec ${quoted}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  const limit = setTimeout(() => child.kill('SIGKILL'), 50_000);
  void exitCode.then(() => clearTimeout(limit));
  let seen = 0;
  return {
    child,
    screen: () => text,
    exitCode,
    async answer(wanted, keys) {
      await expect
        .poll(() => stripVTControlCharacters(text.slice(seen)), { timeout: 20_000, interval: 50 })
        .toContain(wanted);
      seen = text.length;
      child.stdin?.write(keys);
    },
  };
}

const ENTER = '\r';
const quick = ['--interval', '5ms', '--samples', '10', '--warmup', '1'];

describe.skipIf(why)('on a terminal', () => {
  test('a run has colours, and a line that moves while it waits', async () => {
    const run = onTerminal([
      'verify',
      ...quick,
      '--targets',
      `api=${target.url}/`,
      '--initial-delay',
      '1500ms',
    ]);
    expect(await run.exitCode).toBe(0);
    expect(run.screen()).toContain('\u001b[32mPASS\u001b[39m');
    expect(run.screen()).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] initial delay · 1 s/);
  });

  test('the moving line says which sample is being taken', async () => {
    const run = onTerminal([
      'verify',
      '--targets',
      `api=${target.url}/`,
      '--interval',
      '300ms',
      '--samples',
      '6',
    ]);
    expect(await run.exitCode, run.screen()).toBe(0);
    expect(run.screen()).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] sample [3-6] of 6 · /);
  });

  test('NO_COLOR takes the colours away', async () => {
    const run = onTerminal(['verify', ...quick, '--targets', `api=${target.url}/`], { NO_COLOR: '1' });
    expect(await run.exitCode).toBe(0);
    expect(run.screen()).toContain('PASS');
    expect(run.screen()).not.toContain('\u001b[32m');
  });

  test('a secret is asked for, hidden, and used', async () => {
    const secret = 'hunter2-hunter2';
    const before = target.requests.length;
    const run = onTerminal(['verify', ...quick, '--targets', `api=${target.url}/`, '--ask', 'bearer-token']);
    await run.answer('(bearer-token, hidden)', `${secret}${ENTER}`);
    expect(await run.exitCode, run.screen()).toBe(0);
    expect(run.screen()).not.toContain(secret);
    expect(target.requests.slice(before).map(({ headers }) => headers.authorization)).toContain(
      `Bearer ${secret}`,
    );
  });

  test('a rollback without a connection string asks for it; Ctrl-C cancels with exit 2, and nothing is run', async () => {
    const run = onTerminal(['rollback', '--operation', 'history']);
    await run.answer('(mongodb-uri, hidden)', '\u0003');
    expect(await run.exitCode).toBe(2);
    expect(run.screen()).toContain('cancelled; nothing was run');
  });

  test('SIGTERM ends a question too', async () => {
    const run = onTerminal(['rollback', '--operation', 'history']);
    await run.answer('(mongodb-uri, hidden)', '');
    const begun = performance.now();
    // To the program itself: `script` would hand on a hang-up only.
    const own = run.child.pid;
    const pid = (await readFile(`/proc/${own}/task/${own}/children`, 'utf8')).trim();
    process.kill(Number(pid), 'SIGTERM');
    expect(await run.exitCode).not.toBe(0);
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  test('in CI no question is asked', async () => {
    const run = onTerminal(['rollback', '--operation', 'history'], { CI: 'true' });
    expect(await run.exitCode).toBe(2);
    expect(run.screen()).toContain('DEPLOY_GUARD_MONGODB_URI: is required');
  });

  test('init asks, and writes what was answered', async () => {
    const cwd = await mkdtemp(join(folder, 'repo-'));
    const run = onTerminal(['init'], {}, cwd);
    await run.answer('Which environment', `${'\u007f'.repeat(10)}staging${ENTER}`);
    await run.answer('Health URL', `api=https://api.example.com/health${ENTER}`);
    await run.answer('use MongoDB', ENTER);
    await run.answer('Where are alerts sent', ENTER);
    await run.answer('Which workflows', ENTER);
    expect(await run.exitCode, run.screen()).toBe(0);
    const text = await readFile(join(cwd, '.github', 'deploy-guard.yml'), 'utf8');
    expect(text).toContain('environment: staging');
    expect(text).toContain('- api=https://api.example.com/health');
    expect(text).toContain('mongodb_up: rate==1');
    expect(text).toContain('- slack');
    expect(await readFile(join(cwd, '.github/workflows/deploy-guard-verify.yml'), 'utf8')).toContain(
      'mode: verify',
    );
  });

  test('init asks for mail addresses and rollbacks only if the answers before need them', async () => {
    const cwd = await mkdtemp(join(folder, 'repo-'));
    const run = onTerminal(['init'], {}, cwd);
    await run.answer('Which environment', ENTER);
    // No address, and no database: there is nothing to guard.
    await run.answer('Health URL', ENTER);
    await run.answer('use MongoDB', 'n');
    await run.answer('Where are alerts sent', ENTER);
    await run.answer('Which workflows', ENTER);
    expect(await run.exitCode, run.screen()).toBe(2);
    const screen = stripVTControlCharacters(run.screen());
    expect(screen).toContain('`--targets` is needed, or `--mongodb`');
    expect(screen).toMatch(/[◻◼] health/);
    expect(screen).not.toMatch(/[◻◼] (plan|rollback)/);
  });

  test('checklist asks for decisions', async () => {
    const run = onTerminal([
      'checklist',
      'post',
      '--skip',
      'green-after,access-after,nothing-half-done-after,logs,alerts-closed',
    ]);
    await run.answer('A person logged in', ENTER);
    await run.answer('Support knows', `\u001b[B\u001b[B${ENTER}`);
    await run.answer('The date until which the journal', `\u001b[B${ENTER}`);
    expect(await run.exitCode, run.screen()).toBe(1);
    const screen = stripVTControlCharacters(run.screen());
    expect(screen).toContain('1 done, 1 open, 6 skipped: journal');
    expect(screen).toContain('said not to concern this deployment (release owner)');
  });
});
