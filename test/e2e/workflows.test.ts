import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingTool, toolPath } from '../support/tools.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..');
const noAct = missingTool('act', 'go install github.com/nektos/act@latest');

/** Workflows run for real: `act` takes the runner's place and runs their jobs on this machine. */
describe.skipIf(noAct)('act push', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workflows-'));
    // A copy of what a checkout holds: act works on a git repository and must not write into this one.
    for (const entry of ['action.yml', 'dist', '.github']) {
      await cp(join(repository, entry), join(folder, entry), { recursive: true });
    }
    const git = (...args: string[]) => run('git', args, { cwd: folder });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '.');
    await git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '--quiet',
      '-m',
      'checkout',
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('ci.yml: the action verifies a service by `uses: ./`', async () => {
    const { stdout } = await run(
      'act',
      [
        'push',
        '--workflows',
        '.github/workflows/ci.yml',
        '--job',
        'action',
        '--platform',
        'ubuntu-latest=-self-hosted',
        '--rm',
      ],
      {
        cwd: folder,
        // act wants a home and a cache of its own.
        env: { PATH: toolPath, HOME: folder, XDG_CACHE_HOME: join(folder, '.cache') },
        timeout: 60_000,
      },
    );
    expect(stdout).toMatch(/Success - Main verify it/);
    expect(stdout).toMatch(/Success - Main the gate said pass/);
    expect(stdout).toMatch(/Job succeeded/);
  }, 90_000);
});
