import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { changelogSection } from './changelog.ts';
import { markdownFiles } from './files.ts';
import { namedVersions, stampsOf } from './stamps.ts';
import { majorTag, parseTag } from './version.ts';

const run = promisify(execFile);

/**
 * What stands in the way of releasing the commit that is checked out as a tag; empty where nothing does.
 * @param build writes the bundle of the sources into a folder
 */
export async function releaseProblems(
  root: string,
  tag: string,
  build: (outdir: string) => Promise<unknown>,
): Promise<string[]> {
  const version = parseTag(tag);
  if (!version) return [`${tag} is no tag of a version; write one like v1.2.3`];
  const problems: string[] = [];
  const read = (path: string) => readFile(join(root, path), 'utf8');

  for (const file of ['package.json', 'package-lock.json']) {
    const found = (JSON.parse(await read(file)) as { version?: string }).version;
    if (found !== version.text) problems.push(`${file} says version ${found}, not ${version.text}`);
  }
  const section = changelogSection(await read('CHANGELOG.md'), version.text);
  if (section === undefined) problems.push(`CHANGELOG.md has no section ${version.text}`);
  else if (section === '') problems.push(`CHANGELOG.md says nothing below ${version.text}`);

  let stamps = 0;
  for (const name of await readdir(join(root, '.github/workflows'))) {
    const found = stampsOf(await read(`.github/workflows/${name}`));
    stamps += found.length;
    for (const other of new Set(found)) {
      if (other !== tag) problems.push(`.github/workflows/${name} falls back to ${other}, not ${tag}`);
    }
  }
  if (stamps === 0) problems.push('no called workflow names the version that it falls back to');
  for (const path of await markdownFiles(root)) {
    for (const found of new Set(namedVersions(await read(path)))) {
      if (found !== majorTag(version) && found !== tag) problems.push(`${path} names version ${found}`);
    }
  }

  problems.push(...(await distProblems(root, build)), ...(await gitProblems(root, tag)));
  return problems;
}

/** Whether dist/ is, byte by byte, what the sources build. */
async function distProblems(root: string, build: (outdir: string) => Promise<unknown>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'release-dist-'));
  try {
    await build(folder);
    const [built, committed] = await Promise.all([contents(folder), contents(join(root, 'dist'))]);
    const names = [...new Set([...built.keys(), ...committed.keys()])].sort();
    const different = names.filter((name) => built.get(name) !== committed.get(name));
    return different.length === 0
      ? []
      : [
          `dist/ is not what the sources build (${different.slice(0, 5).join(', ')}); run \`npm run build\` and commit it`,
        ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function contents(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(
        async (path): Promise<[string, string]> => [
          path.slice(folder.length),
          await readFile(path, 'latin1'),
        ],
      ),
    ),
  );
}

async function gitProblems(root: string, tag: string): Promise<string[]> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: root })).stdout.trim();
  const problems: string[] = [];
  const changed = await git('status', '--porcelain');
  if (changed !== '') problems.push(`there are changes that are not committed:\n${changed}`);
  const tagged = await git('rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`).catch(() => '');
  if (tagged !== '' && tagged !== (await git('rev-parse', 'HEAD'))) {
    problems.push(`${tag} exists, and is another commit (${tagged}); a released version never changes`);
  }
  return problems;
}
