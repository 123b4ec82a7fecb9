import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** An index of a million files has some 100 MB; what is larger is not searched. */
const LARGEST_INDEX = 512 * 1024 * 1024;

/**
 * Whether the file is one that the repository around it brings along: its content comes from a commit, and not from a
 * run. Read from Git's index, because the program `git` may be missing, or refuse a folder of another user.
 */
export async function isCheckedIn(path: string): Promise<boolean> {
  try {
    const folder = await realpath(dirname(path));
    const root = await workTree(folder);
    if (root === undefined) return false;
    const name = relative(root.folder, join(folder, basename(path)))
      .split(sep)
      .join('/');
    if ((await stat(root.index)).size > LARGEST_INDEX) return false;
    return holds(await readFile(root.index), Buffer.from(name));
  } catch {
    return false;
  }
}

async function workTree(from: string): Promise<{ folder: string; index: string } | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    const found = await stat(git).catch(() => undefined);
    if (found?.isDirectory()) return { folder, index: join(git, 'index') };
    if (found?.isFile()) {
      // A work tree beside others, or a submodule.
      const place = /^gitdir: (.+)$/m.exec(await readFile(git, 'utf8'))?.[1]?.trim();
      if (place !== undefined) return { folder, index: join(resolve(folder, place), 'index') };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** An entry's name follows 16 bits of flags, whose lower 12 are its length, and ends with a zero. */
function holds(index: Buffer, name: Buffer): boolean {
  const wanted = Buffer.concat([name, Buffer.of(0)]);
  const length = Math.min(name.length, 0xfff);
  const lengthAt = (at: number) => at >= 0 && (index.readUInt16BE(at) & 0xfff) === length;
  for (let at = index.indexOf(wanted); at >= 0; at = index.indexOf(wanted, at + 1)) {
    // Version 3 has 16 more bits between for some entries.
    if (lengthAt(at - 2) || lengthAt(at - 4)) return true;
  }
  return false;
}
