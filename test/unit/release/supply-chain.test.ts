import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

/** What the publishing of a release may rely on. */

interface Job {
  readonly needs?: string | string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: ReadonlyArray<{ uses?: string; run?: string; env?: Readonly<Record<string, string>> }>;
}

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { jobs } = parse(read('.github/workflows/release.yml')) as { jobs: Record<string, Job> };
const scripts = (job: Job | undefined) => (job?.steps ?? []).map(({ run = '' }) => run).join('\n');

test('the job that holds the right to publish installs nothing without a hash, and runs no install script', () => {
  const publish = scripts(jobs.publish);
  expect(publish).toContain('npm ci --prefix source/.github/publish --ignore-scripts');
  expect(publish).not.toMatch(/npx |npm install|npm i |pip install|curl |wget /);
  const lock = JSON.parse(read('.github/publish/package-lock.json')) as {
    packages: Record<string, { integrity?: string; inBundle?: boolean }>;
  };
  const unhashed = Object.entries(lock.packages).filter(
    ([name, { integrity, inBundle }]) => name !== '' && !integrity?.startsWith('sha512-') && !inBundle,
  );
  expect(unhashed).toEqual([]);
});

test('what is attested is built where no test runs, and is compared with what was built before it is attested', () => {
  expect(scripts(jobs.files)).not.toMatch(/npm (run )?test|vitest/);
  expect(jobs.files?.permissions).toEqual({ contents: 'read' });
  expect([jobs.publish?.needs].flat()).toEqual(['files', 'tests']);
  const steps = jobs.publish?.steps ?? [];
  const compared = steps.findIndex(({ env }) => env?.BUILT === '${{ needs.files.outputs.digest }}');
  const attested = steps.findIndex(({ uses }) => uses?.startsWith('actions/attest-build-provenance@'));
  expect(compared).toBeGreaterThan(0);
  expect(attested).toBeGreaterThan(compared);
});

describe('pinned', () => {
  const folder = join(root, '.github', 'workflows');
  test.each(readdirSync(folder))('every action that %s uses is named by its commit', (file) => {
    const used = [...readFileSync(join(folder, file), 'utf8').matchAll(/^\s*(?:- )?uses: (\S+)/gm)].map(
      ([, name]) => name,
    );
    for (const name of used) if (!name?.startsWith('.')) expect(name).toMatch(/@[0-9a-f]{40}$/);
  });

  test('.ci/tools installs exact versions only', () => {
    const tools = read('.ci/tools');
    expect(tools).not.toMatch(/@latest|pip install (?!.*--require-hashes)/);
    expect(read('.ci/zizmor.txt')).toMatch(/^zizmor==\d+\.\d+\.\d+ \\\n {4}--hash=sha256:[0-9a-f]{64}/);
  });
});
