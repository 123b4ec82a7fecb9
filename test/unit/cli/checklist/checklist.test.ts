import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reasonOf } from '../../../../src/cli/checklist/judge.ts';
import type { CommandLine } from '../../../../src/cli/checklist/lines.ts';
import { CommandRunner } from '../../../../src/cli/checklist/run-command.ts';
import { main } from '../../../../src/cli/main.ts';
import { silentTerminal } from '../../../support/terminal.ts';

/** What the end of a command says of its line. That commands are run for real, test/e2e/cli-files.test.ts holds. */
describe('why a command leaves its line open', () => {
  const bad = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      target: `t${at}`,
      metric: 'reachable',
      reason: 'refused',
      verdict: 'fail',
    }));
  test.each<[name: string, end: Parameters<typeof reasonOf>[0], words: string | undefined]>([
    ['it ended well', { exitCode: 0, result: { checks: bad(1) }, said: 'error: x' }, undefined],
    [
      'each finding that failed, and no other',
      {
        exitCode: 1,
        result: {
          findings: [
            { id: 'a', subject: 'MongoDB', status: 'failed', found: 'is down' },
            { id: 'b', subject: 'State', status: 'warning', found: 'none' },
            { id: 'c', subject: 'Slack token', status: 'failed', found: 'revoked' },
          ],
        },
        said: '',
      },
      'MongoDB: is down; Slack token: revoked',
    ],
    [
      'three checks, and how many more',
      { exitCode: 1, result: { verdict: 'fail', checks: bad(5) }, said: '' },
      'fail: t0 reachable: refused; t1 reachable: refused; t2 reachable: refused; and 2 more',
    ],
    [
      'the cause, where no check is bad',
      {
        exitCode: 3,
        result: { verdict: 'error', checks: [], cause: 'the state\ncould not be read' },
        said: 'x',
      },
      'the state could not be read',
    ],
    [
      'errors before a cause',
      { exitCode: 2, result: { cause: 'x' }, said: 'note\nerror: a\nerror: b\nerror: c\nerror: d\n' },
      'a; b; c',
    ],
    [
      'the last line, where nothing else is',
      { exitCode: 1, result: undefined, said: 'a\nkilled\n' },
      'killed',
    ],
    ['the exit code, where nothing is', { exitCode: 9, result: undefined, said: '' }, 'exit code 9'],
    ['nothing that steers a terminal', { exitCode: 1, result: undefined, said: 'a\u001b[2Jb' }, 'ab'],
  ])('%s', (_name, end, words) => expect(reasonOf(end)).toBe(words));
});

/** A program in place of ours: it prints what it was given, or does what a case needs. */
const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-checklist-test-'));
const program = join(folder, 'program.js');
const own = process.argv[1];
beforeAll(() =>
  writeFileSync(
    program,
    `const args = process.argv.slice(2);
    if (args.includes('--samples=9')) process.kill(process.pid, 'SIGKILL');
    else {
      process.stdout.write(JSON.stringify({ args, secret: process.env.DEPLOY_GUARD_BEARER_TOKEN, output: process.env.GITHUB_OUTPUT }));
      process.exitCode = args.includes('--samples=8') ? 2 : 1;
    }`,
  ),
);
afterEach(() => {
  if (own !== undefined) process.argv[1] = own;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const terminal = silentTerminal({ env: { GITHUB_OUTPUT: '/nowhere' }, cwd: folder });

describe('commands of a checklist', () => {
  async function open(options: Record<string, string> = {}) {
    process.argv[1] = program;
    return CommandRunner.open({
      terminal,
      signal: new AbortController().signal,
      options: new Map(Object.entries(options)),
      input: (name: string) => (name === 'bearer-token' ? 'asked-for' : undefined),
    } as unknown as Parameters<typeof CommandRunner.open>[0]);
  }
  const line = (...argv: string[]): CommandLine => ({ kind: 'command', id: argv[0] ?? '', text: '', argv });
  const told = line('alert', '--from-report', '{report}');

  test('the notified line sends the alerts of the verify before it, even if that was red', async () => {
    const runner = await open({ samples: '3', 'repeat-interval': '2h', done: 'backup' });
    const verified = await runner.run(line('verify'));
    expect(verified.exitCode).toBe(1);
    const { args, secret, output } = verified.result as { args: string[]; secret: string; output?: string };
    const report = args.find((word) => word.startsWith('--report-path='))?.slice('--report-path='.length);
    expect(args).toEqual(['verify', '--samples=3', `--report-path=${report}`, '--json']);
    // What was asked for goes on in the environment, and no command writes the job's outputs.
    expect([secret, output]).toEqual(['asked-for', undefined]);
    const alert = (await runner.run(told)).result as { args: string[] };
    expect(alert.args.slice(0, 4)).toEqual(['alert', '--from-report', report, '--repeat-interval=2h']);
    await runner.close();
  });

  test.each([
    ['no verify ran', undefined],
    ['verify was refused', '8'],
  ])('%s: nobody is told of nothing, and the line is open', async (_name, samples) => {
    const runner = await open(samples === undefined ? {} : { samples });
    if (samples !== undefined) expect((await runner.run(line('verify'))).exitCode).toBe(2);
    const end = await runner.run(told);
    expect(end.exitCode).toBe(2);
    expect(reasonOf(end)).toBe('there is no report: no verify ran before this line');
    await runner.close();
  });

  test('a command that is killed has not ended well', async () => {
    const runner = await open({ samples: '9' });
    const end = await runner.run(line('verify'));
    expect(end.exitCode).toBe(1);
    expect(reasonOf(end)).toBe('exit code 1');
    await runner.close();
  });
});

test('an id that is like none is refused without a guess', async () => {
  const said: string[] = [];
  const say = { ...terminal, err: (text: string) => void said.push(text) };
  expect(await main(['checklist', 'pre', '--skip', 'zzzzzzzzzz'], say, new AbortController().signal)).toBe(2);
  expect(said.join('')).toBe('error: `--skip zzzzzzzzzz`: there is no such line\n');
});
