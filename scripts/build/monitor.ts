/**
 * Builds dist/monitor, the package's second entry: one ES module, one CommonJS module, and the types of both.
 * Nothing is external but Node itself: the monitor has no dependency at run time, and this build fails where
 * one has crept in.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = 'src/monitor/index.ts';

/** @param outdir is emptied first */
export async function buildMonitor(outdir = join(root, 'dist/monitor')): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await Promise.all([bundle('esm', join(outdir, 'index.js')), bundle('cjs', join(outdir, 'index.cjs'))]);
  await writeTypes(outdir);
}

async function bundle(format: 'esm' | 'cjs', outfile: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    // What package.json's `engines` allows: the guarded app need not run the action's Node.
    target: 'node20',
    // Names stay: they are in the stack of an error that the guarded app logs.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const foreign = Object.keys(metafile.inputs).filter((file) => !/^src\/(monitor|support)\//.test(file));
  if (foreign.length > 0)
    throw new Error(`the monitor must stand alone, but it bundles ${foreign.join(', ')}`);
}

/** Emits the declarations that the entry reaches, once for `import` and once for `require`. */
async function writeTypes(outdir: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'monitor-types-'));
  try {
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: {
          noEmit: false,
          declaration: true,
          emitDeclarationOnly: true,
          rootDir: join(root, 'src'),
          outDir: join(folder, 'out'),
          typeRoots: [join(root, 'node_modules/@types')],
        },
        include: [],
        files: [join(root, ENTRY)],
      }),
    );
    await promisify(execFile)(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      folder,
    ]).catch((error: { stdout?: string }) => {
      throw new Error(`the monitor's types do not compile:\n${error.stdout ?? String(error)}`);
    });
    const reached = await declarationsFrom(join(folder, 'out'), 'monitor/index.d.ts');
    for (const [name, text] of reached) {
      const place = join(outdir, 'types', name);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, withExtension(text, '.js'));
      await writeFile(place.replace(/\.d\.ts$/, '.d.cts'), withExtension(text, '.cjs'));
    }
    await writeFile(join(outdir, 'index.d.ts'), "export * from './types/monitor/index.js';\n");
    await writeFile(join(outdir, 'index.d.cts'), "export * from './types/monitor/index.cjs';\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const RELATIVE_IMPORT = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.[^'"]+)\.ts\2/g;

async function declarationsFrom(folder: string, entry: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const open = [entry];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    const text = await readFile(join(folder, name), 'utf8');
    found.set(name, text);
    for (const [, , , target = ''] of text.matchAll(RELATIVE_IMPORT)) {
      open.push(posix.join(posix.dirname(name), `${target}.d.ts`));
    }
  }
  return found;
}

function withExtension(text: string, extension: string): string {
  return text.replace(RELATIVE_IMPORT, `$1$2$3${extension}$2`);
}

if (import.meta.main) {
  await buildMonitor();
  console.log(`built ${relative(process.cwd(), join(root, 'dist/monitor'))}`);
}
