import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeVersion } from '../../../scripts/release/prepare.ts';
import { prepareRelease, type ReleasePlan } from '../../../scripts/release/release.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..', '..');

/** A release of a copy of this repository, from the new version to the files that would be published. */
describe('a release', () => {
  let base = '';
  let root = '';
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    });
  const commit = async () => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'as it is');
  };
  // The bundle of the copy: what esbuild makes has no part in what is tested here.
  const build = (outdir: string) => cp(join(base, 'built'), outdir, { recursive: true });
  const release = (tag: string) => prepareRelease(root, tag, join(base, 'out'), build);
  const edit = async (path: string, change: (text: string) => string) =>
    writeFile(join(root, path), change(await readFile(join(root, path), 'utf8')));

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'release-'));
    root = join(base, 'copy');
    for (const path of [
      '.github',
      'docs',
      'action.yml',
      'verify',
      'alert',
      'rollback',
      'summary',
      'CHANGELOG.md',
      'README.md',
      'LICENSE',
      'package.json',
      'package-lock.json',
    ]) {
      await cp(join(repository, path), join(root, path), { recursive: true });
    }
    await cp(join(repository, 'summary'), join(root, 'dist'), { recursive: true });
    await cp(join(repository, 'dist/sbom.cdx.json'), join(root, 'dist/sbom.cdx.json'));
    await cp(join(repository, 'dist/monitor'), join(root, 'dist/monitor'), { recursive: true });
    await cp(join(root, 'dist'), join(base, 'built'), { recursive: true });
    await git('init', '--quiet', '--initial-branch=main');
    await writeVersion(root, '0.7.0', '2026-11-23');
    await commit();
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  test('of a prepared version: archive, checksums, notes, and what publishing would do', async () => {
    await git('tag', 'v0.6.9');
    const plan = await release('v0.7.0');
    expect(plan).toMatchObject<Partial<ReleasePlan>>({
      majorTag: 'v0',
      movesMajorTag: true,
      prerelease: false,
    });
    expect(plan.commit).toMatch(/^[0-9a-f]{40}$/);
    const out = join(base, 'out');
    expect((await readdir(out)).sort()).toEqual([
      'NOTES.md',
      'SHA256SUMS',
      'TREE',
      'deploy-guard-0.7.0.cdx.json',
      'deploy-guard-0.7.0.tar.gz',
      'deploy-guard-monitor.tgz',
      'plan.json',
    ]);
    const archive = await readFile(join(out, 'deploy-guard-0.7.0.tar.gz'));
    const sums = await readFile(join(out, 'SHA256SUMS'), 'utf8');
    expect(sums).toContain(
      `${createHash('sha256').update(archive).digest('hex')}  deploy-guard-0.7.0.tar.gz\n`,
    );
    expect(sums).toMatch(/^[0-9a-f]{64} {2}dist\/action\.yml$/m);
    // Whichever action `uses:` names, its file is attested, and the tree at the tag with all of them.
    for (const name of [
      'action.yml',
      'verify/action.yml',
      'alert/action.yml',
      'rollback/action.yml',
      'summary/action.yml',
    ])
      expect(sums).toMatch(new RegExp(`^[0-9a-f]{64} {2}${name.replace('.', '\\.')}$`, 'm'));
    const { stdout: tree } = await git('rev-parse', 'HEAD^{tree}');
    expect(await readFile(join(out, 'TREE'), 'utf8')).toBe(
      `tag v0.7.0\ncommit ${plan.commit}\ntree ${tree.trim()}\n`,
    );
    const bill = await readFile(join(out, 'deploy-guard-0.7.0.cdx.json'));
    expect(sums).toContain(
      `${createHash('sha256').update(bill).digest('hex')}  deploy-guard-0.7.0.cdx.json\n`,
    );
    expect(JSON.parse(bill.toString())).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'deploy-guard', version: '0.7.0' } },
    });
    expect(await readFile(join(out, 'NOTES.md'), 'utf8')).toContain('Mode `verify`');
    const { stdout } = await run('tar', ['-tzf', join(out, 'deploy-guard-0.7.0.tar.gz')]);
    expect(stdout).toContain('deploy-guard-0.7.0/action.yml');
    const monitor = await readFile(join(out, 'deploy-guard-monitor.tgz'));
    expect(sums).toContain(
      `${createHash('sha256').update(monitor).digest('hex')}  deploy-guard-monitor.tgz\n`,
    );
    // The same commit gives the same bytes.
    await release('v0.7.0');
    expect((await readFile(join(out, 'deploy-guard-monitor.tgz'))).equals(monitor)).toBe(true);
    expect((await readFile(join(out, 'deploy-guard-0.7.0.tar.gz'))).equals(archive)).toBe(true);
  });

  test.each<[string, string, () => Promise<unknown>, RegExp]>([
    ['another version', 'v0.7.1', async () => {}, /package\.json says version 0\.7\.0, not 0\.7\.1/],
    ['no tag of a version', 'v0', async () => {}, /is no tag of a version/],
    [
      'a stale bundle',
      'v0.7.0',
      () => writeFile(join(root, 'dist', 'main.js'), 'stale'),
      /dist\/ is not what the sources build/,
    ],
    [
      'a called workflow that falls back to another version',
      'v0.7.0',
      () => edit('.github/workflows/verify.yml', (text) => text.replace("|| 'v0.7.0'", "|| 'v0.6.0'")),
      /verify\.yml falls back to v0\.6\.0/,
    ],
    [
      'an empty changelog',
      'v0.7.0',
      () => edit('CHANGELOG.md', (text) => text.replace(/(## 0\.7\.0 - .*\n)[\s\S]*/, '$1')),
      /says nothing below 0\.7\.0/,
    ],
    [
      'docs of another major version',
      'v0.7.0',
      () =>
        edit('README.md', (text) =>
          text.replace('deploy-guard/deploy-guard@v0', 'deploy-guard/deploy-guard@v1'),
        ),
      /README\.md names version v1/,
    ],
  ])('is refused: %s', async (_what, tag, change, problem) => {
    await change();
    await commit().catch(() => {});
    await expect(release(tag)).rejects.toThrow(problem);
    expect(await readdir(base)).not.toContain('out');
  });

  test('is refused where something is not committed, or the tag is another commit', async () => {
    await writeFile(join(root, 'new.txt'), 'new');
    await expect(release('v0.7.0')).rejects.toThrow(/not committed/);
    await git('tag', 'v0.7.0');
    await commit();
    await expect(release('v0.7.0')).rejects.toThrow(/v0\.7\.0 exists, and is another commit/);
  });
});
