/**
 * Which modules share a chunk. esbuild makes one for each set of entries that reach a module, which gives the
 * smallest verify some thirty files to find, read and link, 10 ms in all. Modules that are reached by the same
 * entries share one: so every entry that reaches some of what the action loads is made to reach all of it.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Metafile, Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Loaded by main.js first of all. */
const ACTION = 'src/action.ts';
/** These load nothing before they have done something else: the compile cache, the check of Node's version. */
const BARE = ['src/main.ts', 'src/cli.ts', 'src/summary.ts'];

/** @param metafile of a build without this plugin */
export function oneCore(metafile: Metafile): Plugin {
  const core = reached(metafile, ACTION);
  const entries = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const meeting = new Set(
    entries.filter(
      (entry) => !BARE.includes(entry) && [...reached(metafile, entry)].some((file) => core.has(file)),
    ),
  );
  for (const file of meeting) {
    // It would import itself, before what it needs.
    if (core.has(file)) throw new Error(`${file} is loaded by every run: do not import it on demand, too`);
  }
  return {
    name: 'one-core',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^core-of-the-action$/ }, () => ({ path: 'core', namespace: 'one-core' }));
      onLoad({ filter: /.*/, namespace: 'one-core' }, () => ({
        contents: [...core].map((file) => `import ${JSON.stringify(`./${file}`)};`).join('\n'),
        resolveDir: root,
      }));
      onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
        if (!meeting.has(path.slice(root.length).replaceAll('\\', '/'))) return undefined;
        return { contents: `import 'core-of-the-action';\n${await readFile(path, 'utf8')}`, loader: 'ts' };
      });
    },
  };
}

/** The files of our own that an entry loads at once, itself left out. */
function reached({ inputs }: Metafile, entry: string): Set<string> {
  const found = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (external || kind === 'dynamic-import' || found.has(path) || !path.startsWith('src/')) continue;
      found.add(path);
      open.push(path);
    }
  }
  return found;
}
