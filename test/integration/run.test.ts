import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { actionHost } from '../../src/github/host.ts';
import { run } from '../../src/run/run.ts';
import { systemClock } from '../../src/support/clock.ts';
import { Interrupted } from '../../src/support/errors.ts';
import type { Host } from '../../src/support/host.ts';
import { WORKFLOW_DIALECT } from '../../src/support/problem.ts';
import { startHttpTarget } from '../support/http-target.ts';
import { KeptLog } from './alert/world.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-run-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

interface Kept extends Host {
  readonly log: KeptLog;
  readonly outputs: Map<string, string>;
  readonly summaries: string[];
}

/** A host that keeps what it is told. */
function hostWith(inputs: Record<string, string>, over: Partial<Host> = {}): Kept {
  const outputs = new Map<string, string>();
  const summaries: string[] = [];
  return {
    input: (name) => inputs[name],
    env: {},
    context: { actor: 'mona', host: 'runner-1', repository: 'acme/shop' },
    clock: systemClock,
    dialect: WORKFLOW_DIALECT,
    signal: new AbortController().signal,
    defaultReportPath: join(folder, 'report.json'),
    mask() {},
    output: (name, value) => void outputs.set(name, value),
    annotate() {},
    summary: async (markdown) => void summaries.push(markdown),
    ...over,
    log: new KeptLog(),
    outputs,
    summaries,
  };
}

const ALERT = { mode: 'alert', 'alert-type': 'high-cpu', channels: 'log' };

describe('what became of a run is told where it can be', () => {
  test.each([
    [
      'the outputs',
      {
        output: () => {
          throw new Error('ENOSPC: output');
        },
      },
    ],
    [
      'the job summary',
      {
        summary: async () => {
          throw new Error('ENOSPC: summary');
        },
      },
    ],
  ] as const)('%s cannot be written: no success, and the report is there', async (what, over) => {
    const host = hostWith(ALERT, over);
    const { exit, report } = await run(host);
    expect(exit).toBe('failure');
    expect(host.log.lines.join('\n')).toContain(`error cannot write ${what}: ENOSPC`);
    expect(JSON.parse(await readFile(host.defaultReportPath, 'utf8'))).toEqual(report);
  });

  test('a worse end stays what it is', async () => {
    const output = () => {
      throw new Error('ENOSPC');
    };
    expect((await run(hostWith({ mode: 'no such mode' }, { output }))).exit).toBe('configuration');
  });

  test('no summary where none is wanted', async () => {
    const quiet = hostWith({ ...ALERT, 'show-summary': 'false' });
    expect((await run(quiet)).exit).toBe('success');
    expect(quiet.summaries).toEqual([]);
    const usual = hostWith(ALERT);
    await run(usual);
    expect(usual.summaries).toHaveLength(1);
  });
});

test('told to stop before it began: nothing is waited for, and nothing counts as told', async () => {
  const target = await startHttpTarget();
  target.behaviour.fault = 'hang';
  try {
    const stop = new AbortController();
    stop.abort(new Interrupted('SIGTERM'));
    const inputs = { ...ALERT, channels: 'webhook', 'webhook-url': target.url, 'webhook-secret': 'a-secret' };
    const { exit, report } = await run(hostWith(inputs, { signal: stop.signal }));
    expect(exit).toBe('failure');
    expect(report).toMatchObject({ cause: 'interrupted by SIGTERM', alerts: [{ status: 'failed' }] });
  } finally {
    await target.close();
  }
});

test('a plan on a pull request from a fork is made without a database', async () => {
  const host = hostWith(
    { mode: 'rollback', operation: 'plan', steps: '19' },
    {
      context: {
        event: 'pull_request',
        unmerged: 'the event is pull_request',
        actor: 'mona',
        host: 'h',
        repository: 'acme/shop',
        pullRequest: 5,
      },
    },
  );
  const { exit, report } = await run(host);
  expect(host.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(exit).toBe('success');
  expect(report).toMatchObject({ verdict: 'inconclusive', dryRun: true, rollback: { planDigest: '' } });
});

describe('the host of the action', () => {
  const host = (env: Record<string, string>) => actionHost(env, new AbortController().signal);

  test('without a file for the summary none is written', async () => {
    await expect(host({}).summary('# text')).resolves.toBeUndefined();
  });

  test('an output of several lines that cannot be written names its file', () => {
    const path = join(folder, 'missing', 'output');
    vi.stubEnv('GITHUB_OUTPUT', path);
    const output = () => host({ GITHUB_OUTPUT: path }).output('failed-checks', 'a\nb');
    expect(output).toThrow(path);
    // Once: what went wrong must not drown in it.
    expect(output).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(`${path}.*${path}`) }),
    );
  });

  test('of one line, too', () => {
    const path = join(folder, 'missing', 'output');
    expect(() => host({ GITHUB_OUTPUT: path }).output('verdict', 'pass')).toThrow(path);
  });
});
