import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packMonitor } from '../../scripts/release/pack-monitor.ts';
import { stagePackage } from '../../scripts/release/stage-package.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** The package as somebody installs it: packed, installed into an empty folder without a network, called by npx. */
const repository = join(import.meta.dirname, '..', '..');
const windows = process.platform === 'win32';
let folder = '';
let target: HttpTarget;
let files: string[] = [];

const run = (program: string, args: string[], cwd: string) =>
  promisify(execFile)(program, args, {
    cwd,
    shell: windows,
    timeout: 50_000,
    env: {
      ...(windows ? process.env : {}),
      // npm and npx run on the Node that this test runs on.
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: folder,
      npm_config_cache: join(folder, 'cache'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
  });

beforeAll(async () => {
  target = await startHttpTarget();
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  const staged = join(folder, 'staged');
  await stagePackage(staged);
  const packed = await run(
    'npm',
    ['pack', staged, '--json', '--ignore-scripts', '--pack-destination', folder],
    repository,
  );
  // npm 11 and older print a list, npm 12 an object by name.
  const answer = JSON.parse(packed.stdout) as Record<string, { filename: string; files: { path: string }[] }>;
  const tarball = Object.values(answer)[0];
  if (tarball === undefined) throw new Error(packed.stdout);
  files = tarball.files.map(({ path }) => path);
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true}');
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball.filename)], folder);
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the packed command line', () => {
  test('holds what it needs and nothing else', () => {
    for (const path of [
      'package.json',
      'README.md',
      'LICENSE',
      'action.yml',
      'dist/cli.js',
      'dist/main.js',
      'docs/schema/guard-file.schema.json',
    ])
      expect(files).toContain(path);
    expect(
      files.filter(
        (path) => !/^(dist\/|docs\/schema\/|package\.json$|README\.md$|LICENSE$|action\.yml$)/.test(path),
      ),
    ).toEqual([]);
  });

  test('brings no other package along: everything is bundled', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--json'], folder);
    expect(Object.keys(JSON.parse(stdout).dependencies)).toEqual(['deploy-guard']);
    expect(JSON.parse(stdout).dependencies['deploy-guard'].dependencies).toBeUndefined();
  });

  test('npx deploy-guard --help and --version', async () => {
    const help = await run('npx', ['deploy-guard', '--help'], folder);
    expect(help.stdout).toContain('Usage: deploy-guard COMMAND');
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
    expect((await run('npx', ['deploy-guard', '--version'], folder)).stdout.trim()).toBe(version);
  });

  test('npx deploy-guard verify does its work there', async () => {
    const { stdout } = await run(
      'npx',
      ['deploy-guard', 'verify', '--targets', `api=${target.url}/`, '--interval', '5ms', '--json'],
      folder,
    );
    expect(JSON.parse(stdout).verdict).toBe('pass');
  });

  test('the monitor can be imported beside it', async () => {
    const { stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        "import('deploy-guard/monitor').then((it) => console.log(typeof it.createMonitor))",
      ],
      folder,
    );
    expect(stdout.trim()).toBe('function');
  });
});

describe('the monitor of a release', () => {
  test('installs alone, and gives deploy-guard/monitor to import and to require', async () => {
    const app = join(folder, 'watched');
    await mkdir(app);
    await writeFile(join(app, 'package.json'), '{"name":"watched","private":true}');
    const tarball = await packMonitor(repository, join(folder, 'release'));
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], app);
    const listed = JSON.parse((await run('npm', ['ls', '--all', '--json'], app)).stdout);
    expect(Object.keys(listed.dependencies)).toEqual(['deploy-guard']);
    expect(listed.dependencies['deploy-guard'].dependencies).toBeUndefined();
    for (const script of [
      "import('deploy-guard/monitor').then((it) => console.log(typeof it.createMonitor))",
      "console.log(typeof require('deploy-guard/monitor').createMonitor)",
    ])
      expect((await run(process.execPath, ['-e', script], app)).stdout.trim()).toBe('function');
    const manifest = JSON.parse(await readFile(join(app, 'node_modules/deploy-guard/package.json'), 'utf8'));
    expect(manifest).toMatchObject({ engines: { node: '>=20.19.0' } });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('bin');
  });
});
