/**
 * What dist/ says of what it bundles: licenses.txt with the licence of each package, as most licences ask for, and
 * sbom.cdx.json, a bill of materials by CycloneDX. Both are made from what esbuild put into the outputs, so they
 * name what is shipped and nothing else; the same sources give the same bytes.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as CycloneDX from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** By what they ask of whoever ships the code: their text, and no more. A package under another one fails the build. */
export const ALLOWED_LICENSES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
];

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier. */
  readonly license: string;
  readonly description?: string;
  /** The licence files of the package, and of what it holds of others; the same text once. */
  readonly texts: readonly string[];
  /** `name@version` of the bundled packages that it imports. */
  readonly uses: readonly string[];
}

/** The packages that have code in the outputs, by name and version. */
export async function bundledPackages(metafile: Metafile): Promise<BundledPackage[]> {
  const files = new Set(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
  );
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const folder = packageFolder(file);
    if (folder !== undefined) folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const packages = await Promise.all(
    [...folders].map(([folder, own]) => bundledPackage(metafile, folder, own, folders)),
  );
  return packages.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** Writes both files. @returns the packages that they name */
export async function writeLicenses(outdir: string, metafile: Metafile): Promise<BundledPackage[]> {
  const packages = await bundledPackages(metafile);
  for (const { name, version, license, texts } of packages) {
    if (!ALLOWED_LICENSES.includes(license)) {
      throw new Error(
        `${name} ${version} is licensed as ${license}: read it, and allow it in scripts/build/licenses.ts or bundle another package`,
      );
    }
    if (texts.length === 0)
      throw new Error(`${name} ${version} brings no text of its licence to ship with it`);
  }
  await writeFile(join(outdir, 'licenses.txt'), licensesText(packages));
  await writeFile(join(outdir, 'sbom.cdx.json'), await sbom(packages));
  return packages;
}

/** @returns the text that is written; packages under the same words share them */
export function licensesText(packages: readonly BundledPackage[]): string {
  const sections = new Map<string, { text: string; names: string[] }>();
  for (const { name, version, license, texts } of packages) {
    const text = texts.join('\n\n');
    // The same words in other lines are the same licence.
    const words = text.replace(/\s+/g, ' ');
    const section = sections.get(words) ?? { text, names: [] };
    section.names.push(`${name} ${version} (${license})`);
    sections.set(words, section);
  }
  const head = 'deploy-guard bundles these packages, each under its own licence.\n';
  return [head, ...[...sections.values()].map(({ text, names }) => `${names.join('\n')}\n\n${text}\n`)].join(
    `\n${'-'.repeat(80)}\n\n`,
  );
}

/** CycloneDX as JSON, without a time and a serial number: it changes only with what is bundled. */
async function sbom(packages: readonly BundledPackage[]): Promise<string> {
  const { Enums, Models, Serialize, Spec } = CycloneDX;
  const hashes = await integrities();
  const main = new Models.Component(Enums.ComponentType.Application, 'deploy-guard', {
    bomRef: 'deploy-guard',
    licenses: new Models.LicenseRepository([new Models.SpdxLicense('MIT')]),
  });
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: main }) });
  const components = new Map(
    packages.map((one) => {
      const [group, name] = one.name.startsWith('@') ? one.name.split('/') : [undefined, one.name];
      const hash = hashes.get(idOf(one));
      const component = new Models.Component(Enums.ComponentType.Library, name ?? one.name, {
        bomRef: idOf(one),
        ...(group === undefined ? {} : { group }),
        version: one.version,
        ...(one.description === undefined ? {} : { description: one.description }),
        purl: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`,
        licenses: new Models.LicenseRepository([new Models.SpdxLicense(one.license)]),
        ...(hash === undefined
          ? {}
          : { hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], hash]]) }),
      });
      return [idOf(one), component] as const;
    }),
  );
  const used = new Set(packages.flatMap(({ uses }) => uses));
  for (const one of packages) {
    const component = components.get(idOf(one));
    if (component === undefined) continue;
    bom.components.add(component);
    if (!used.has(idOf(one))) main.dependencies.add(component.bomRef);
    for (const other of one.uses) {
      const ref = components.get(other)?.bomRef;
      if (ref) component.dependencies.add(ref);
    }
  }
  for (const { name, version } of await ownDependencies()) {
    const ref = components.get(`${name}@${version}`)?.bomRef;
    if (ref) main.dependencies.add(ref);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
}

async function bundledPackage(
  { inputs }: Metafile,
  folder: string,
  files: readonly string[],
  folders: ReadonlyMap<string, unknown>,
): Promise<BundledPackage> {
  const { name, version, license, description } = await manifestOf(folder);
  const uses = files
    .flatMap((file) => inputs[file]?.imports ?? [])
    .flatMap(({ path, external }) => (external ? [] : (packageFolder(path) ?? [])))
    .filter((other) => other !== folder && folders.has(other));
  const named = await Promise.all([...new Set(uses)].map(manifestOf));
  return {
    name,
    version,
    license: typeof license === 'string' ? license : 'no licence at all',
    ...(description === undefined ? {} : { description }),
    texts: await licenseTexts(folder, files),
    uses: named.map(idOf).sort(),
  };
}

/** `node_modules/a/node_modules/@b/c` of a file in it; undefined for our own files. */
export function packageFolder(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** Of the package, and of the folders below it that lead to what is bundled: code that it took over from others. */
async function licenseTexts(folder: string, files: readonly string[]): Promise<string[]> {
  const places = new Set([folder]);
  for (const file of files) {
    for (let place = dirname(file); place.length > folder.length; place = dirname(place)) places.add(place);
  }
  const texts = new Set<string>();
  for (const place of [...places].sort()) {
    if (!existsSync(join(root, place))) continue;
    for (const name of (await readdir(join(root, place))).sort()) {
      if (!/^(licen[cs]e|notice|copying)([.-]|$)/i.test(name) || /\.(js|cjs|mjs|ts|json)$/i.test(name))
        continue;
      const text = await readFile(join(root, place, name), 'utf8');
      texts.add(
        text
          .replaceAll('\r\n', '\n')
          .replace(/[ \t]+$/gm, '')
          .trim(),
      );
    }
  }
  return [...texts];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  readonly description?: string;
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

/** What package.json asks for, as it is installed. */
async function ownDependencies(): Promise<Manifest[]> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Promise.all(Object.keys(dependencies).map((name) => manifestOf(`node_modules/${name}`)));
}

/** The SHA-512 of each package's archive, as the lock file holds it. */
async function integrities(): Promise<Map<string, string>> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  return new Map(
    Object.entries(packages).flatMap(([path, { version, integrity }]) => {
      const [algorithm, value] = integrity?.split('-') ?? [];
      if (algorithm !== 'sha512' || value === undefined) return [];
      const name = path.replace(/^.*node_modules\//, '');
      return [[`${name}@${version}`, Buffer.from(value, 'base64').toString('hex')]];
    }),
  );
}

function idOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}
