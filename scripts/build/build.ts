/**
 * Builds dist/ from src/. `npm run build`; the result is committed, and .ci/run checks that it is current.
 *
 * Two entries, main.js of the action and cli.js of the command line, share their chunks. The bundle is split:
 * an entry holds what every run needs, and the MongoDB driver, nodemailer, Octokit and
 * the like are chunks that load only in the run that needs them.
 */
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions as BuildSettings, build, type Metafile, type Plugin } from 'esbuild';
import { MODES, type Mode } from '../../src/settings/inputs/common.ts';
import { oneCore } from './chunks.ts';
import { writeLicenses } from './licenses.ts';
import { buildMonitor } from './monitor.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

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

/**
 * @actions/github brings an HTTP client with a second undici (430 kB) for its defaults, which src/github/client.ts
 * replaces by its own `fetch`. Where a request went through them all the same, it fails.
 */
const githubOverOneClient: Plugin = {
  name: 'github-over-one-client',
  setup({ onResolve, onLoad }) {
    const filter = /^(@actions\/http-client|undici)$/;
    onResolve({ filter }, ({ path, importer }) =>
      /[\\/]@actions[\\/]github[\\/]lib[\\/]/.test(importer)
        ? { path, namespace: 'github-client' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'github-client' }, () => ({
      contents: `
        export class HttpClient { getAgent() {} getAgentDispatcher() {} }
        export const fetch = () => Promise.reject(new Error('no fetch of its own'));
      `,
      loader: 'js',
    }));
  },
};

/**
 * whatwg-url brings its own tables of international names (285 kB) for where there is no URL of the platform.
 * Node has one, to the same standard.
 */
const platformUrl: Plugin = {
  name: 'platform-url',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^whatwg-url$/ }, () => ({ path: 'whatwg-url', namespace: 'platform' }));
    onLoad({ filter: /.*/, namespace: 'platform' }, () => ({
      contents: 'module.exports = { URL, URLSearchParams };',
      loader: 'js',
    }));
  },
};

/**
 * undici loads its HTTP/2 client, and with it node:http2 (10 MB of memory, 8 ms), before any server has chosen
 * HTTP/2. Here it is loaded by the first connection that speaks it.
 */
const http2OnDemand: Plugin = {
  name: 'http2-on-demand',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const eager = "const connectH2 = require('./client-h2.js')";
      if (text.split(eager).length !== 2)
        throw new Error(`${path} loads HTTP/2 in another way than before: look at http2OnDemand again`);
      return {
        contents: text.replace(eager, "const connectH2 = (...args) => require('./client-h2.js')(...args)"),
        loader: 'js',
      };
    });
  },
};

/** @actions/core needs node:crypto (5 ms) for outputs of several lines alone: load it when there is one. */
const cryptoOnDemand: Plugin = {
  name: 'crypto-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^crypto$/ }, ({ importer }) =>
      /[\\/]@actions[\\/]core[\\/]/.test(importer) ? { path: 'crypto', namespace: 'on-demand' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'on-demand' }, () => ({
      contents: "export const randomUUID = () => process.getBuiltinModule('node:crypto').randomUUID();",
      loader: 'js',
    }));
  },
};

/** What a build may do otherwise than the shipped one. */
export interface BuildOptions {
  /** Write source maps beside the outputs: `npm run stack` reads a stack with them. */
  readonly sourcemap?: boolean;
}

/** Builds into `outdir` and returns esbuild's metafile. */
export async function buildAction(outdir: string, options: BuildOptions = {}): Promise<Metafile> {
  const { sourcemap = false } = options;
  await rm(outdir, { recursive: true, force: true });
  const plugins = [githubOverOneClient, withoutUnusedHttpClient, platformUrl, cryptoOnDemand, http2OnDemand];
  const settings = {
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
    sourcemap: sourcemap ? 'external' : false,
    legalComments: 'none',
    external: MONGODB_PEERS,
    // As in Node's own build of undici: its second, experimental HTTP/1 parser (170 kB) is left out.
    define: { esbuildDetection: '1' },
    // CommonJS packages inside an ES module still call require for Node's own modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  } as const satisfies BuildSettings;
  // esbuild alone would make a chunk for each set of users: what every run loads becomes one.
  const first = await build({ ...settings, plugins, write: false });
  plugins.push(oneCore(first.metafile));
  const { metafile } = await build({ ...settings, plugins });
  // npm does this for what it installs; a checkout can be run too.
  await chmod(join(outdir, 'cli.js'), 0o755);
  return metafile;
}

/** The entry of a sub-action: the same action, whose mode is not the user's to choose. */
async function writeSubAction(outdir: string, mode: Mode): Promise<void> {
  await writeFile(
    join(outdir, `${mode}.js`),
    `process.env.INPUT_MODE='${mode}';await import('./main.js');\n`,
  );
}

/** Builds all of dist/ into `outdir`: action, command line, summary, monitor, and the licences of what is bundled. */
export async function buildAll(outdir: string): Promise<Metafile> {
  const metafile = await buildAction(outdir);
  await Promise.all(MODES.map((mode) => writeSubAction(outdir, mode)));
  await buildMonitor(join(outdir, 'monitor'));
  await writeLicenses(outdir, metafile);
  return metafile;
}

if (import.meta.main) {
  const outdir = join(root, 'dist');
  await buildAll(outdir);
  const files = (await readdir(outdir, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  const sizes = await Promise.all(
    files.map(async (one) => (await stat(join(one.parentPath, one.name))).size),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`dist: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB`);
}
