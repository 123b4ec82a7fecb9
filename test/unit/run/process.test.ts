import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

describe('a process', () => {
  /** Its clock runs fifty times as fast. */
  const run = (program: string) =>
    start([
      '--input-type=module',
      '-e',
      `const real = globalThis.setTimeout;
       globalThis.setTimeout = (work, ms, ...rest) => real(work, ms / 50, ...rest);
       const { runProcess } = await import(${JSON.stringify(new URL('../../../src/run/process.ts', import.meta.url).href)});
       ${program}`,
    ]);
  const HANGS = 'setInterval(() => {}, 1_000);';

  test('ends with what its program says', async () => {
    expect(await run('await runProcess(async () => 3);')).toEqual({ code: 3, stdout: '', stderr: '' });
  });

  test('that something keeps alive is ended, with the same code and a line that says so', async () => {
    const ended = await run(`${HANGS} await runProcess(async () => 3);`);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/the work is done, but something keeps the process alive; ending it/);
  });

  const untilStopped = (result: number) =>
    `await runProcess((signal) => new Promise((resolve) => {
       signal.addEventListener('abort', () => { console.log(signal.reason.message); resolve(${result}); });
     }));`;

  test('that is told to stop ends without that line', async () => {
    const ended = await run(
      `${HANGS} real(() => process.kill(process.pid, 'SIGTERM'), 20); ${untilStopped(1)}`,
    );
    expect(ended).toEqual({ code: 1, stdout: 'interrupted by SIGTERM\n', stderr: '' });
  });

  test.each([
    ['though its program takes it for a success', 0, 1],
    ['with the code of its program where that is a failure', 4, 4],
  ])('in which something failed that nobody waited for ends as a failure, %s', async (_name, says, code) => {
    // Node itself would print the error as it is, connection strings and all.
    const fault = `real(() => { throw new Error('mongodb://app:hunter2@db'); }, 20);`;
    const ended = await run(`${HANGS} ${fault} ${untilStopped(says)}`);
    expect(ended).toEqual({ code, stdout: 'interrupted by an unexpected fault\n', stderr: '' });
  });

  test.each([
    ['', `new TypeError('hunter2')`, 'TypeError'],
    [HANGS, `'hunter2'`, 'string'],
  ])(
    'in which something fails when the work is done ends as a failure, too: %s %s',
    async (hangs, thrown, kind) => {
      const ended = await run(
        `${hangs} await runProcess(async () => 0); real(() => { throw ${thrown}; }, 20);`,
      );
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain(
        `deploy-guard: something failed after the work was done (${kind}), so it counts as failed\n`,
      );
      expect(ended.stderr).not.toContain('hunter2');
    },
  );
});

describe('the action in summary/', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deploy-guard-summary-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(inputs: Record<string, string>) {
    const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
    await Promise.all([writeFile(output, ''), writeFile(summary, '')]);
    const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const entry = new URL('../../../src/summary.ts', import.meta.url).pathname;
    const ended = await start([entry], {
      ...process.env,
      ...Object.fromEntries(given),
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    });
    const [outputs, markdown] = await Promise.all([readFile(output, 'utf8'), readFile(summary, 'utf8')]);
    return { ...ended, outputs, markdown };
  }

  const report = (verdict: string, environment = 'production') =>
    writeFile(
      join(folder, `${environment}.json`),
      JSON.stringify({
        schema: 'deploy-guard.report/v1',
        mode: 'verify',
        environment,
        dryRun: false,
        startedAt: '2026-03-01T12:00:00.000Z',
        finishedAt: '2026-03-01T12:00:10.000Z',
        verdict,
        checks: [],
        alerts: [],
      }),
    );

  test.each([
    ['pass', 0, 'pass: 1 report', ['production']],
    ['fail', 1, '::error::fail: 2 reports', ['production', 'staging']],
  ])('reports whose verdict is %s', async (verdict, code, line, environments) => {
    for (const environment of environments) await report(verdict, environment);
    const ended = await run({ reports: folder });
    expect(ended.code).toBe(code);
    expect(ended.stdout.split('\n')).toContain(line);
    expect(ended.outputs).toBe(`verdict=${verdict}\n`);
    expect(ended.markdown).toContain('production');
  });

  test('inputs that are wrong: each is named, and the step fails', async () => {
    const ended = await run({ 'fail-on': 'never', 'status-page': 'page.html' });
    expect(ended).toMatchObject({ code: 1, outputs: 'verdict=error\n', markdown: '' });
    for (const name of ['reports', 'fail-on', 'status-page'])
      expect(ended.stdout).toContain(`::error::${name}: `);
  });

  test('a summary that cannot be written: the file is named, and the step fails', async () => {
    await report('pass');
    const env = { INPUT_REPORTS: folder, GITHUB_OUTPUT: join(folder, 'o'), GITHUB_STEP_SUMMARY: folder };
    await writeFile(join(folder, 'o'), '');
    const entry = new URL('../../../src/summary.ts', import.meta.url).pathname;
    const ended = await start([entry], { ...process.env, ...env });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(new RegExp(`::error::.*${folder}`));
    expect(await readFile(join(folder, 'o'), 'utf8')).toMatch(/verdict=error\n$/);
  });
});
