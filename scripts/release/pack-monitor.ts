/**
 * Packs deploy-guard/monitor alone, as a release offers it: an npm package without dependencies that gives
 * `import … from 'deploy-guard/monitor'` and nothing else. `npm run pack:monitor [FOLDER]`.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The same in every release, so that `releases/latest/download/` finds it. */
export const MONITOR_PACKAGE = 'deploy-guard-monitor.tgz';

/** The guarded app need not run the action's Node; the target of scripts/build/monitor.ts. */
const MONITOR_NODE = '>=20.19.0';

/** @returns the path of the package */
export async function packMonitor(root: string, outdir: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'deploy-guard-monitor-'));
  try {
    const staged = join(work, 'package');
    await mkdir(staged);
    await cp(join(root, 'dist/monitor'), join(staged, 'dist/monitor'), { recursive: true });
    await cp(join(root, 'LICENSE'), join(staged, 'LICENSE'));
    const { name, version, description, license, author, repository, homepage, type, exports } = JSON.parse(
      await readFile(join(root, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    const manifest = { name, version, description, license, author, repository, homepage, type, exports };
    await writeFile(
      join(staged, 'package.json'),
      `${JSON.stringify({ ...manifest, engines: { node: MONITOR_NODE }, files: ['dist/monitor'] }, null, 2)}\n`,
    );
    // npm writes no times into a package: the same commit gives the same bytes.
    const { stdout } = await promisify(execFile)(
      'npm',
      ['pack', staged, '--json', '--ignore-scripts', '--pack-destination', work],
      { cwd: work, shell: process.platform === 'win32' },
    );
    // npm 11 and older print a list, npm 12 an object by name.
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
    if (packed === undefined) throw new Error(`npm pack printed no package: ${stdout}`);
    await mkdir(outdir, { recursive: true });
    const path = join(outdir, MONITOR_PACKAGE);
    await cp(join(work, packed.filename), path);
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  console.log(await packMonitor(root, resolve(process.argv[2] ?? 'release')));
}
