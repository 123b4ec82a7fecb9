import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { plain } from '../../../src/cli/terminal/terminal.ts';
import { readContext } from '../../../src/github/context.ts';
import { Problems } from '../../../src/settings/context/problems.ts';
import { readGuardFile } from '../../../src/settings/guard-file/read.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { refusedPath } from '../../../src/support/paths.ts';

let root = '';
let workspace = '';
let temp = '';
const env = () => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_WORKSPACE: workspace,
  RUNNER_TEMP: temp,
  GITHUB_ENV: join(root, 'commands', 'env'),
});

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'paths-')));
  workspace = join(root, 'workspace');
  temp = join(root, 'temp');
  for (const folder of ['workspace/reports', 'workspace/.git/hooks', 'temp', 'outside', 'commands'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'commands', 'env'), '');
  symlinkSync(join(root, 'outside'), join(workspace, 'link'));
  symlinkSync(join(root, 'commands', 'env'), join(workspace, 'innocent.json'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const refused = (path: string, given: Record<string, string | undefined> = env()) =>
  refusedPath(path, { cwd: workspace, env: given });

describe('what may be written, in a job', () => {
  test.each(['report.json', 'reports/new/report.json', './a', 'a/../b.json', '..report.json', 'reports/..a'])(
    '%s may',
    (path) => {
      expect(refused(path)).toBeUndefined();
    },
  );

  test('a place that is named outright may: the temporary folder, or where a runner of one’s own keeps its state', () => {
    expect(refused(join(temp, 'report.json'))).toBeUndefined();
    expect(refused(join(root, 'outside', 'state.json'))).toBeUndefined();
  });

  test.each([
    ['../outside/x.json', 'by `..`'],
    ['reports/../../outside/x.json', 'by `..`'],
    ['link/x.json', 'by a link'],
    ['link/new/folder/x.json', 'by a link'],
    ['innocent.json', "the runner's own GITHUB_ENV"],
    ['.git/hooks/pre-commit', 'Git repository'],
    ['reports/.git/config', 'Git repository'],
    ['/dev/stdout', 'not a place for files'],
    ['/proc/self/environ', 'not a place for files'],
    ['a\0b', 'control character'],
    ['a\nb', 'control character'],
  ])('%j may not', (path, why) => {
    expect(refused(path)).toContain(why);
  });

  test('an absolute path may not climb out either', () => {
    expect(refused(`${workspace}/../outside/x`)).toContain('by `..`');
    expect(refused(join(root, 'commands', 'env'))).toContain('GITHUB_ENV');
  });

  test('a terminal’s user goes where they like, but not into the runner’s files or a repository', () => {
    expect(refused('../outside/x.json', {})).toBeUndefined();
    expect(refused('.git/config', {})).toContain('Git repository');
  });

  test('property: whatever is allowed and relative stays within the workspace', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      'a',
      'link',
      'reports',
      '',
      '.git',
      'innocent.json',
      '...',
      '..a',
      '~',
      'C:',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), (parts) => {
        const path = parts.join('/').replace(/^\/+/, '');
        if (refused(path) !== undefined) return;
        let at = workspace;
        // Written is the path without its `..`; links are followed then.
        for (const one of relative(workspace, resolve(workspace, path)).split('/'))
          at = at === workspace && one === 'link' ? join(root, 'outside') : join(at, one);
        expect(`${at}/`.startsWith(`${workspace}/`)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('the settings refuse such paths by the name of the input', async () => {
  const inputs: Record<string, string> = {
    mode: 'verify',
    targets: 'https://a.example',
    'report-path': '/dev/null',
    'report-html': join(workspace, '.git', 'x.html'),
    state: `file:${workspace}/../outside/s.json`,
  };
  const reading = readSettings({
    raw: (name) => inputs[name],
    env: env(),
    run: { actor: 'a', host: 'h' },
    defaultReportPath: join(temp, 'r.json'),
    mask: () => undefined,
  });
  await expect(reading).rejects.toMatchObject({
    problems: [{ where: 'state' }, { where: 'report-path' }, { where: 'report-html' }],
  });
});

describe('a run that is refused for the path of its report', () => {
  /** Everything that is wrong is told; the report of it goes where the job keeps its own. */
  async function refusedRun(path: string): Promise<string> {
    let said = '';
    const output = join(root, 'commands', 'output');
    writeFileSync(output, '');
    const exitCode = await main(
      ['verify', '--targets=http://127.0.0.1:1/', `--report-path=${path}`],
      {
        env: { ...env(), GITHUB_OUTPUT: output },
        cwd: workspace,
        out: () => undefined,
        err: (text) => {
          said += text;
        },
        outPaint: plain,
        errPaint: plain,
        width: 100,
        live: false,
        interactive: false,
      },
      new AbortController().signal,
    );
    expect(exitCode).toBe(2);
    const place = /^report-path=(.*)$/m.exec(readFileSync(output, 'utf8'))?.[1] ?? '';
    expect(dirname(place)).toBe(temp);
    expect(JSON.parse(readFileSync(place, 'utf8')).cause).toContain(`cannot write ${path}`);
    rmSync(place);
    return said;
  }

  test('writes nothing there: no hook of Git, nothing behind a link', async () => {
    for (const name of ['.git/hooks/post-checkout', 'link/report.json']) {
      expect(await refusedRun(join(workspace, name))).toContain('report-path: cannot write');
      expect(existsSync(join(workspace, name))).toBe(false);
    }
  });

  test('leaves the runner’s own files as they are, and links to them', async () => {
    for (const path of [join(root, 'commands', 'env'), join(workspace, 'innocent.json')]) {
      expect(await refusedRun(path)).toContain("the runner's own GITHUB_ENV");
      expect(readFileSync(path, 'utf8')).toBe('');
    }
    expect(lstatSync(join(workspace, 'innocent.json')).isSymbolicLink()).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('does not take the place of a pipe', async () => {
    const pipe = join(workspace, 'report-pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await refusedRun(pipe)).toContain('it is not a regular file');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});

test('a pipe or a device is not waited for', async () => {
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero']) {
    const problems = new Problems();
    expect(await readGuardFile(path, problems)).toBeUndefined();
    expect(problems.list[0]?.message).toContain('not a regular file');
    expect(readContext({ GITHUB_EVENT_PATH: path }).pullRequest).toBeUndefined();
  }
});
