/**
 * `npm run stack < stack.txt`: the stack of a fault, as a debug log shows it, with the places of the sources in
 * place of those of the bundle. Run it on the version that failed: the same sources build the same bundle.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildAction } from './build/build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param stack lines such as `at x (file:///…/dist/chunks/verify-ABC.js:1:234)`
 * @param built of the version that failed, where it is there already
 */
export async function readStack(stack: string, built?: Metafile): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-stack-'));
  try {
    const shipped = built ?? (await buildAction(join(folder, 'dist')));
    const mapped = await buildAction(join(folder, 'mapped'), { sourcemap: true });
    // With a map a chunk has another hash in its name; everything else in it is the same.
    const maps = new Map(Object.entries(mapped.outputs).map(([path, output]) => [contentOf(output), path]));
    const mapOf = async (file: string): Promise<SourceMap | undefined> => {
      const output = Object.entries(shipped.outputs).find(([path]) => path.endsWith(`/${file}`))?.[1];
      const path = output && maps.get(contentOf(output));
      if (path === undefined) return undefined;
      return new SourceMap(JSON.parse(await readFile(join(root, `${path}.map`), 'utf8')) as SourceMapPayload);
    };
    const lines = await Promise.all(stack.split('\n').map((line) => translated(line, mapOf)));
    return lines.join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function contentOf({ entryPoint, inputs }: Metafile['outputs'][string]): string {
  return JSON.stringify([entryPoint, inputs]);
}

async function translated(
  line: string,
  mapOf: (file: string) => Promise<SourceMap | undefined>,
): Promise<string> {
  const [, file, row, column] = /(dist\/[\w./-]+\.js):(\d+):(\d+)/.exec(line) ?? [];
  if (file === undefined) return line;
  const found = (await mapOf(file))?.findOrigin(Number(row), Number(column));
  if (found === undefined) return `${line} (another version: its bundle has no such file)`;
  if (!('fileName' in found)) return line;
  const place = found.fileName.replace(/^.*?\/(src|node_modules)\//, '$1/');
  return `    at ${found.name ? `${found.name} ` : ''}(${place}:${found.lineNumber}:${found.columnNumber})`;
}

if (import.meta.main) console.log(await readStack(await text(process.stdin)));
