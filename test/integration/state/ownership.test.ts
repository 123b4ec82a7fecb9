import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../src/state/open-store.ts';
import type { StateOwner } from '../../../src/state/owner.ts';
import { StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';

/** Whose a state file is stands in the file, and only its owner believes it. */

const base = mkdtempSync(join(tmpdir(), 'state-ownership-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(base, 'x-'));
  path = join(folder, 'state.json');
});

const OWNER: StateOwner = {
  environment: 'production',
  repository: 'octo-org/shop',
  workflow: 'deploy',
  runId: '4200000001',
  runNumber: 42,
  runAttempt: 1,
  job: 'verify',
};
const store = (owner: Partial<StateOwner> = {}) =>
  openStore(
    { kind: 'file', path },
    { clock: systemClock, random: Math.random, owner: { ...OWNER, ...owner } },
  );
const write = (owner: Partial<StateOwner> = {}, key = owner.environment ?? 'production') =>
  store(owner).update('baselines', key, () => ({ next: { a: 1 }, result: undefined }));

test('a file holds who wrote it, and gives it back', async () => {
  await write();
  expect(JSON.parse(readFileSync(path, 'utf8')).owner).toEqual(OWNER);
  const later = store({ runNumber: 43, runId: '4200000002' });
  expect(later.writer).toBeUndefined();
  expect(await later.read('baselines', 'production')).toEqual({ a: 1 });
  expect(later.writer).toEqual(OWNER);
  await later.update('baselines', 'production', () => ({ next: { a: 2 }, result: undefined }));
  expect(JSON.parse(readFileSync(path, 'utf8')).owner).toMatchObject({ runNumber: 43, runId: '4200000002' });
});

describe('a file is neither read nor changed', () => {
  const refused = async (owner: Partial<StateOwner>, message: RegExp) => {
    const before = readFileSync(path, 'utf8');
    await expect(store(owner).read('baselines', 'production')).rejects.toThrow(message);
    await expect(write(owner)).rejects.toThrow(StateUnavailableError);
    expect(readFileSync(path, 'utf8')).toBe(before);
  };

  test('if it is of another environment', async () => {
    await write({ environment: 'production-eu' });
    await refused({}, /belongs to the environment 'production-eu', not to 'production'/);
  });

  test('if it is of another environment and says nothing of its owner', async () => {
    const areas = { alert_history: { 'production-eu': {} } };
    writeFileSync(path, JSON.stringify({ format: 'deploy-guard.state/v1', areas }));
    await refused({}, /'production-eu'/);
  });

  test('if it names this environment and holds another one', async () => {
    const areas = { alert_history: { staging: {} } };
    writeFileSync(path, JSON.stringify({ format: 'deploy-guard.state/v1', owner: OWNER, areas }));
    await refused({}, /'staging'/);
  });

  test('if it is of another repository', async () => {
    await write({ repository: 'mallory/shop' });
    await refused({}, /belongs to the repository 'mallory\/shop'/);
  });

  describe('if it is checked into the repository', () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: folder,
        stdio: 'pipe',
      });

    test.each(['2', '3'])('index version %s', async (version) => {
      await write();
      git('init', '-q');
      writeFileSync(join(folder, 'other-state.json'), '{}');
      git('add', 'state.json', 'other-state.json');
      git('update-index', '--index-version', version);
      await refused({}, /is checked into the repository/);
    });

    test('in a folder', async () => {
      git('init', '-q');
      mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
      path = join(folder, 'deep', 'er', 'state.json');
      await write();
      git('add', '-A');
      await refused({}, /is checked into the repository/);
    });

    test('and not if only a file of the same name elsewhere is', async () => {
      git('init', '-q');
      mkdirSync(join(folder, 'deep'));
      writeFileSync(join(folder, 'deep', 'state.json'), '{}');
      git('add', '-A');
      await write();
      expect(await store().read('baselines', 'production')).toEqual({ a: 1 });
    });
  });
});

test('a file of before owners were written is taken if all that it holds is of this environment', async () => {
  const areas = { baselines: { production: { a: 7 } } };
  writeFileSync(path, JSON.stringify({ format: 'deploy-guard.state/v1', areas }));
  expect(await store().read('baselines', 'production')).toEqual({ a: 7 });
});

test('outside GitHub the environment alone decides', async () => {
  await write();
  const { environment } = OWNER;
  const local = openStore(
    { kind: 'file', path },
    { clock: systemClock, random: Math.random, owner: { environment } },
  );
  expect(await local.read('baselines', 'production')).toEqual({ a: 1 });
});
