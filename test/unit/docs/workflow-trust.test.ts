import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { nameText } from '../../../src/settings/values/common.ts';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

const repository = join(import.meta.dirname, '..', '..', '..');
const workflows = join(repository, '.github', 'workflows');
const jobs = readdirSync(workflows).flatMap((file) => {
  const { jobs = {} } = parse(readFileSync(join(workflows, file), 'utf8')) as {
    jobs?: Record<string, { steps?: Step[] }>;
  };
  return Object.entries(jobs).map(([job, { steps = [] }]) => ({ name: `${file}, ${job}`, steps }));
});
const folder = mkdtempSync(join(tmpdir(), 'workflow-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder that a step writes into is not one that the repository brings along', () => {
  const PLACES = ['.deploy-guard-action', '.deploy-guard-state'];
  const writing = jobs.flatMap(({ name, steps }) =>
    steps.flatMap(({ with: given }, index) =>
      PLACES.includes(given?.path ?? '') && !steps[index]?.uses?.startsWith('actions/cache/save')
        ? [{ name: `${name}: ${given?.path}`, path: given?.path ?? '', before: steps.slice(0, index) }]
        : [],
    ),
  );

  test('there are such steps', () => expect(writing.length).toBeGreaterThan(10));

  test.each(writing)('$name', ({ path, before }) => {
    const workspace = mkdtempSync(join(folder, 'workspace-'));
    const outside = mkdtempSync(join(folder, 'outside-'));
    writeFileSync(join(outside, 'precious'), 'x');
    symlinkSync(outside, join(workspace, path));
    const last = before.findLastIndex(
      ({ uses, with: given }) => uses?.startsWith('actions/checkout@') && !given?.path,
    );
    for (const { run } of before.slice(last + 1)) {
      if (run === undefined) continue;
      const output = join(workspace, 'output');
      execFileSync('bash', ['-e', '-o', 'pipefail', '-c', run], {
        cwd: workspace,
        env: {
          PATH: process.env.PATH,
          GITHUB_OUTPUT: output,
          GITHUB_RUN_ID: '1',
          GITHUB_RUN_ATTEMPT: '1',
          SUBJECT: 'x',
        },
      });
    }
    expect(existsSync(join(workspace, path))).toBe(false);
    expect(readdirSync(outside)).toEqual(['precious']);
    expect(lstatSync(outside).isDirectory()).toBe(true);
  });
});

describe('caches', () => {
  const steps = jobs.flatMap(({ name, steps }) => steps.map((step) => ({ name, ...step })));
  const restores = steps.filter(({ uses }) => uses?.startsWith('actions/cache/restore@'));
  const saves = steps.filter(({ uses }) => uses?.startsWith('actions/cache/save@'));
  const ofEnvironments = restores.filter(({ with: given }) =>
    given?.['restore-keys']?.includes('inputs.environment'),
  );

  test('there are caches of environments', () => expect(ofEnvironments.length).toBeGreaterThanOrEqual(3));

  test.each(ofEnvironments)(
    'the prefix of $name ends each name in a character that no name may hold',
    ({ with: given }) => {
      const prefix = given?.['restore-keys'] ?? '';
      const after = /\$\{\{ inputs\.environment \}\}(.)/.exec(prefix)?.[1] ?? '';
      expect(nameText.safeParse(`production${after}eu`).success).toBe(false);
      expect(prefix.at(-1)).toBe(after);
      expect(given?.key?.startsWith(prefix)).toBe(true);
      const key = (environment: string) =>
        (given?.key ?? '').replace('${{ inputs.environment }}', environment);
      const wanted = prefix.replace('${{ inputs.environment }}', 'production');
      expect(key('production-eu').startsWith(wanted)).toBe(false);
      expect(key('production').startsWith(wanted)).toBe(true);
    },
  );

  test('two jobs of one run save under keys of their own', () => {
    expect(saves.length).toBeGreaterThanOrEqual(3);
    for (const { name, with: given } of saves.filter(({ with: it }) =>
      it?.key?.includes('inputs.environment'),
    ))
      expect(given?.key, name).toContain('steps.place.outputs.run');
    const place = steps.find(({ run }) => run?.includes('run=$GITHUB_RUN_ID'))?.run ?? '';
    const outputs = [1, 2, 3].map((number) => {
      const at = mkdtempSync(join(folder, `place-${number}-`));
      mkdirSync(join(at, 'w'));
      const output = join(at, 'output');
      execFileSync('bash', ['-e', '-c', place], {
        cwd: join(at, 'w'),
        env: {
          PATH: process.env.PATH,
          GITHUB_OUTPUT: output,
          GITHUB_RUN_ID: '1',
          GITHUB_RUN_ATTEMPT: '1',
          SUBJECT: 'x',
        },
      });
      return /^run=(.*)$/m.exec(readFileSync(output, 'utf8'))?.[1];
    });
    expect(new Set(outputs).size).toBe(3);
  });
});
