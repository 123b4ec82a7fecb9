/**
 * Does all of a release but the publishing: `npm run release -- v1.2.3 [FOLDER]`.
 * Checks that the commit can be released as that tag, and writes what is published into the folder (`release/`
 * unless named): the archive, its bill of materials, the monitor's package, SHA256SUMS, TREE, NOTES.md, and `plan.json` for release.yml. Changes nothing else.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildAll } from '../build/build.ts';
import { changelogSection } from './changelog.ts';
import { releaseProblems } from './check.ts';
import { MONITOR_PACKAGE, packMonitor } from './pack-monitor.ts';
import { majorTag, movesMajorTag, parseTag } from './version.ts';

const run = promisify(execFile);

/** The files that describe the action and its parts. */
const ACTIONS = [
  'action.yml',
  ...['verify', 'alert', 'rollback', 'summary'].map((name) => `${name}/action.yml`),
];

/** What publishing does with the files. */
export interface ReleasePlan {
  tag: string;
  commit: string;
  prerelease: boolean;
  majorTag: string;
  movesMajorTag: boolean;
  /** of the release, without their folder */
  files: string[];
}

/** @throws Error that lists everything that stands in the way */
export async function prepareRelease(
  root: string,
  tag: string,
  outdir: string,
  build: (outdir: string) => Promise<unknown> = buildAll,
): Promise<ReleasePlan> {
  const problems = await releaseProblems(root, tag, build);
  const version = parseTag(tag);
  if (problems.length > 0 || !version) {
    throw new Error(`${tag} cannot be released:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
  const git = async (...args: string[]) =>
    (await run('git', args, { cwd: root, maxBuffer: 1024 ** 3, encoding: 'buffer' })).stdout;
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });

  // git archive writes the commit's time, gzipSync none: the same commit gives the same bytes.
  const name = `deploy-guard-${version.text}`;
  const tar = await git('archive', '--format=tar', `--prefix=${name}/`, 'HEAD');
  await writeFile(join(outdir, `${name}.tar.gz`), gzipSync(tar, { level: 9 }));
  const distFiles = (await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/').replace(/^\//, ''),
    );
  const sums = [
    [await sha256(join(outdir, `${name}.tar.gz`)), `${name}.tar.gz`],
    ...(await Promise.all(
      // Everything that `uses:` runs, whichever of the actions it names.
      [...ACTIONS, ...distFiles.sort()].map(async (path) => [await sha256(join(root, path)), path]),
    )),
  ];
  const bill = `${name}.cdx.json`;
  await writeFile(
    join(outdir, bill),
    versioned(await readFile(join(root, 'dist', 'sbom.cdx.json'), 'utf8'), version.text),
  );
  sums.splice(1, 0, [await sha256(join(outdir, bill)), bill]);
  sums.splice(2, 0, [await sha256(await packMonitor(root, outdir)), MONITOR_PACKAGE]);
  await writeFile(join(outdir, 'SHA256SUMS'), sums.map(([sum, path]) => `${sum}  ${path}\n`).join(''));
  const notes = changelogSection(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version.text) ?? '';
  await writeFile(join(outdir, 'NOTES.md'), `${notes}\n`);
  const tags = (await git('tag', '--list')).toString().split('\n').filter(Boolean);
  // What `uses:` checks out is a tree of Git's: the attestation covers its id, and by it each file at the tag.
  const commit = (await git('rev-parse', 'HEAD')).toString().trim();
  const tree = (await git('rev-parse', 'HEAD^{tree}')).toString().trim();
  await writeFile(join(outdir, 'TREE'), `tag ${tag}\ncommit ${commit}\ntree ${tree}\n`);
  const plan: ReleasePlan = {
    tag,
    commit,
    prerelease: version.pre !== '',
    majorTag: majorTag(version),
    movesMajorTag: movesMajorTag(version, tags),
    files: [`${name}.tar.gz`, bill, MONITOR_PACKAGE, 'SHA256SUMS', 'TREE'],
  };
  await writeFile(join(outdir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  return plan;
}

/** The bundle's bill of materials, for this version: the bundle itself holds none, so that a release changes one file. */
function versioned(bill: string, version: string): string {
  const bom = JSON.parse(bill) as { metadata: { component: Record<string, unknown> } };
  Object.assign(bom.metadata.component, { version, purl: `pkg:npm/deploy-guard@${version}` });
  return `${JSON.stringify(bom, null, 1)}\n`;
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

if (import.meta.main) {
  const [tag, folder = 'release'] = process.argv.slice(2);
  if (tag === undefined) {
    console.error('usage: npm run release -- v1.2.3 [FOLDER]');
    process.exit(2);
  }
  try {
    const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
    const plan = await prepareRelease(root, tag, resolve(folder));
    console.log(`${tag} can be released. Publishing would:
- attest and release ${plan.files.join(', ')} of ${plan.commit}${plan.prerelease ? ' as a pre-release' : ''}
- ${plan.movesMajorTag ? `move ${plan.majorTag} to it` : `leave ${plan.majorTag} where it is`}
The files are in ${basename(folder)}/.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
