/**
 * Builds dist/ from src/. `npm run build`; the result is committed, and .ci/run checks that it is current.
 *
 * Two entries, main.js of the action and cli.js of the command line, share their chunks. The bundle is split:
 * an entry holds what every run needs, and the MongoDB driver, nodemailer, Octokit and
 * the like are chunks that load only in the run that needs them.
 */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildMonitor } from './build-monitor.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Optional peers of the MongoDB driver: native or cloud packages that a user of them must install. */
const MONGODB_PEERS = [
  'kerberos',
  'snappy',
  '@mongodb-js/zstd',
  '@aws-sdk/credential-providers',
  'gcp-metadata',
  'socks',
  'mongodb-client-encryption',
];

/**
 * @actions/core imports an HTTP client (with an undici of its own, 50 ms of start-up) for OIDC tokens
 * alone. Nothing here asks for one: saying that the packages have no side effects lets esbuild drop them.
 */
const withoutUnusedHttpClient: Plugin = {
  name: 'without-unused-http-client',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@actions\/(http-client|core|exec|io)/ }, async (args) => {
      if (args.pluginData === 'resolved') return undefined;
      const found = await resolve(args.path, {
        kind: args.kind,
        resolveDir: args.resolveDir,
        pluginData: 'resolved',
      });
      return { ...found, sideEffects: false };
    });
  },
};

/** Builds into `outdir` and returns esbuild's metafile. */
export async function buildAction(outdir: string) {
  await rm(outdir, { recursive: true, force: true });
  const result = await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts', cli: 'src/cli.ts', summary: 'src/summary.ts' },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: MONGODB_PEERS,
    plugins: [withoutUnusedHttpClient],
    // CommonJS packages inside an ES module still call require for Node's own modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  // npm does this for what it installs; a checkout can be run too.
  await chmod(join(outdir, 'cli.js'), 0o755);
  return result.metafile;
}

/** Builds all of dist/ into `outdir`: action, command line, summary and monitor. */
export async function buildAll(outdir: string) {
  const metafile = await buildAction(outdir);
  await buildMonitor(join(outdir, 'monitor'));
  return metafile;
}

if (import.meta.main) {
  const metafile = await buildAll(join(root, 'dist'));
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`dist: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(2)} MB`);
}
