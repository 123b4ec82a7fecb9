import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAction } from '../../scripts/build/build.ts';
import {
  ALLOWED_LICENSES,
  bundledPackages,
  packageFolder,
  writeLicenses,
} from '../../scripts/build/licenses.ts';
import { readStack } from '../../scripts/stack.ts';
import { runAction } from '../support/action.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** What is shipped: how large it is, whose code it holds, and how much of it the smallest run loads. */
const dist = join(import.meta.dirname, '..', '..', 'dist');
let folder = '';
let metafile: Metafile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-test-'));
  metafile = await buildAction(join(folder, 'dist'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('dist/ has at most 3 MB', async () => {
  const entries = await readdir(dist, { recursive: true });
  const sizes = await Promise.all(entries.map(async (name) => (await stat(join(dist, name))).size));
  expect(entries).toContain('main.js');
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(3_000_000);
});

describe('whose code it is', () => {
  interface Sbom {
    bomFormat: string;
    specVersion: string;
    components: {
      'bom-ref': string;
      group?: string;
      name: string;
      version: string;
      purl: string;
      licenses: { license: { id: string } }[];
      hashes: unknown[];
    }[];
    dependencies: { ref: string; dependsOn?: string[] }[];
  }
  const sbom = async (): Promise<Sbom> =>
    JSON.parse(await readFile(join(dist, 'sbom.cdx.json'), 'utf8')) as Sbom;
  /** Read from the metafile in another way than the build does it. */
  const shipped = async (): Promise<string[]> => {
    const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    );
    const folders = new Set(
      files.flatMap((file) => {
        const at = file.lastIndexOf('node_modules/');
        if (at < 0) return [];
        const [scope = '', name = ''] = file.slice(at + 'node_modules/'.length).split('/');
        return [`${file.slice(0, at)}node_modules/${scope.startsWith('@') ? `${scope}/${name}` : scope}`];
      }),
    );
    const manifests = await Promise.all(
      [...folders].map(async (one) => {
        const text = await readFile(join(dist, '..', one, 'package.json'), 'utf8');
        return JSON.parse(text) as { name: string; version: string };
      }),
    );
    return manifests.map(({ name, version }) => `${name}@${version}`).sort();
  };

  test('the bill of materials lists each bundled package and nothing else', async () => {
    const { components, dependencies } = await sbom();
    expect(components.length).toBeGreaterThan(20);
    expect(components.map((one) => one['bom-ref']).sort()).toEqual(await shipped());
    for (const { name, group, version, purl, hashes } of components) {
      expect(purl).toBe(`pkg:npm/${group ? `${group.replace('@', '%40')}/` : ''}${name}@${version}`);
      expect(hashes, name).toHaveLength(1);
    }
    // Everything is there because something asks for it.
    const reached = new Set(['deploy-guard']);
    for (const ref of reached) {
      for (const next of dependencies.find((one) => one.ref === ref)?.dependsOn ?? []) reached.add(next);
    }
    expect([...reached].sort()).toEqual(['deploy-guard', ...(await shipped())].sort());
  });

  test('it is CycloneDX 1.6', async () => {
    const bill = await sbom();
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
    const schema = async (name: string) =>
      JSON.parse(await readFile(join(dirname(library), `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8'));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const name of ['spdx', 'jsf-0.82'])
      ajv.addSchema({
        ...(await schema(name)),
        $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
      });
    const valid = ajv.compile(await schema('bom-1.6'));
    expect(valid(bill), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...bill, components: [{ name: 'no type' }] })).toBe(false);
  });

  test('each licence is an allowed one, and its text is shipped', async () => {
    const text = await readFile(join(dist, 'licenses.txt'), 'utf8');
    const sections = text.split(`\n${'-'.repeat(80)}\n\n`);
    const { components } = await sbom();
    for (const { name, group, version, licenses } of components) {
      const license = licenses[0]?.license.id ?? '';
      expect(ALLOWED_LICENSES, name).toContain(license);
      const line = `${group ? `${group}/` : ''}${name} ${version} (${license})`;
      const section = sections.find((one) => one.split('\n').includes(line));
      expect(section, line).toMatch(/copyright|all rights|permission|apache license/i);
      // A name alone is no licence.
      expect(section?.length, line).toBeGreaterThan(500);
    }
  });

  test('a package under another licence fails the build', async () => {
    const packages = await bundledPackages(metafile);
    expect(packages.map(({ license }) => license).every((one) => ALLOWED_LICENSES.includes(one))).toBe(true);
    const withOne = (file: string): Metafile => ({
      inputs: { [file]: { bytes: 1, imports: [] } },
      outputs: {
        'dist/x.js': { bytes: 1, imports: [], exports: [], inputs: { [file]: { bytesInOutput: 1 } } },
      },
    });
    // lightningcss comes with vitest, under MPL-2.0.
    await expect(writeLicenses(folder, withOne('node_modules/lightningcss/node/index.js'))).rejects.toThrow(
      /lightningcss .* is licensed as MPL-2\.0/,
    );
  });

  test.each([
    ['src/main.ts', undefined],
    ['node_modules/zod/v4/core.js', 'node_modules/zod'],
    ['node_modules/@a/b/lib/x.js', 'node_modules/@a/b'],
    ['node_modules/@a/b/node_modules/c/x.js', 'node_modules/@a/b/node_modules/c'],
  ])('%s belongs to %s', (file, expected) => expect(packageFolder(file)).toBe(expected));
});

test('the stack of a fault leads to the sources', async () => {
  const [path = ''] = Object.entries(metafile.outputs).find(([name]) => /\/verify-\w+\.js$/.test(name)) ?? [];
  const chunk = await readFile(join(folder, 'dist/chunks', path.slice(path.lastIndexOf('/') + 1)), 'utf8');
  const place = chunk.indexOf('answered over ');
  const row = chunk.slice(0, place).split('\n').length;
  const column = place - chunk.lastIndexOf('\n', place);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const stack = `Error: x\n    at a (file:///runner/dist/chunks/${name}:${row}:${column})\n    at b (node:net:1:2)`;
  const [first, second, third] = (await readStack(stack, metafile)).split('\n');
  expect(first).toBe('Error: x');
  expect(second).toMatch(/\(src\/verify\/http\/probe\.ts:\d+:\d+\)/);
  expect(third).toBe('    at b (node:net:1:2)');
}, 180_000);

describe('what the smallest verify loads', () => {
  let target: HttpTarget;
  let secure: HttpTarget;
  let ca = '';
  beforeAll(async () => {
    target = await startHttpTarget();
    secure = await startHttpTarget({ tls: 'valid', http2: true, behaviour: { version: '1.2.3' } });
    ca = join(folder, 'ca.pem');
    await writeFile(ca, secure.ca ?? '');
  });
  afterAll(() => Promise.all([target.close(), secure.close()]));

  const loaded = async (inputs: Record<string, string>) => {
    const [modules, builtins] = ['modules', 'builtins'].map((kind) =>
      join(folder, `${kind}-${performance.now()}`),
    ) as [string, string];
    const hook = (name: string) => `--import=${new URL(`../support/${name}.ts`, import.meta.url).href}`;
    const run = await runAction({
      inputs: {
        mode: 'verify',
        samples: '1',
        warmup: '0',
        interval: '0s',
        ...(inputs.config === undefined ? { targets: `${target.url}/` } : {}),
        ...inputs,
      },
      env: {
        NODE_OPTIONS: `${hook('loaded-modules')} ${hook('loaded-builtins')}`,
        LOADED_MODULES_LOG: modules,
        LOADED_BUILTINS_LOG: builtins,
      },
    });
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    return {
      files: (await readFile(modules, 'utf8')).split('\n').filter((url) => url.includes('/dist/')),
      builtins: (await readFile(builtins, 'utf8')).split('\n'),
    };
  };

  test('few files, and none of the driver, the mailer and the client of GitHub', async () => {
    const { files } = await loaded({});
    const sources = await Promise.all(files.map((url) => readFile(new URL(url), 'utf8')));
    expect(files.length).toBeGreaterThan(2);
    expect(files.length).toBeLessThanOrEqual(10);
    // Words of theirs that stand nowhere in our own code.
    for (const word of ['serverHeartbeatSucceeded', 'createTransport', 'x-github-request-id', 'octokit']) {
      expect(
        sources.some((source) => source.includes(word)),
        word,
      ).toBe(false);
    }
  });

  test('no TLS, HTTP/2, crypto and V8 settings over plain HTTP', async () => {
    const { builtins } = await loaded({});
    expect(builtins).toContain('http');
    for (const name of ['tls', 'http2', 'v8', 'crypto']) expect(builtins, name).not.toContain(name);
  });

  /** One target over TLS by the guard file, whose certificate is trusted. */
  const overTls = async (version: string, more = '') => {
    const config = join(folder, `guard-${performance.now()}.yml`);
    const options = `tls-ca: ${ca}, http-version: "${version}"${more}`;
    await writeFile(config, `targets:\n  - { name: api, url: "${secure.url}/status", ${options} }\n`);
    secure.requests.length = 0;
    return loaded({ config, samples: '8', 'wait-timeout': '5s' });
  };
  const seen = () =>
    secure.requests.map(({ httpVersion, method, path }) => `${httpVersion} ${method} ${path}`);

  test.each(['2', 'auto'])('HTTP/2 once a server speaks it, asked for as %s', async (version) => {
    const post = ', method: POST, body: "{}", version: { expected: "1.2.3" }';
    const { builtins } = await overTls(version, post);
    expect(builtins).toContain('http2');
    expect(new Set(seen())).toEqual(new Set(['2.0 POST /status']));
    expect(seen().length).toBeGreaterThanOrEqual(8);
  });

  test('no HTTP/2 over TLS where HTTP/1.1 is asked for', async () => {
    const { builtins } = await overTls('1.1');
    expect(builtins).toContain('tls');
    expect(builtins).not.toContain('http2');
    expect(new Set(seen())).toEqual(new Set(['1.1 GET /status']));
  });
});
