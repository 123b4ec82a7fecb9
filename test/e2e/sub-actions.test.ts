import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { MODES } from '../../src/settings/inputs/common.ts';
import { inputsOfMode } from '../../src/settings/settings.ts';
import { runAction } from '../support/action.ts';
import { readAction } from '../support/action-files.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** deploy-guard/deploy-guard/verify, /alert and /rollback: the bundle of the action with one mode's inputs. */
const repository = join(import.meta.dirname, '..', '..');
const folderOf = (mode: string) => join(repository, mode);
let target: HttpTarget;
beforeAll(async () => {
  target = await startHttpTarget();
});
afterAll(() => target.close());

test.each(MODES)('%s/action.yml has the inputs of its mode and no other', async (mode) => {
  const { defaults, using, main } = await readAction(folderOf(mode));
  const { mode: _mode, ...inputs } = inputsOfMode(mode);
  expect([...defaults.keys()].sort()).toEqual(Object.keys(inputs).sort());
  expect([using, main]).toEqual(['node24', `../dist/${mode}.js`]);
});

test('verify runs without `mode`, whatever a user writes there', async () => {
  const inputs = { targets: `api=${target.url}/`, interval: '5ms' };
  const run = await runAction({ root: folderOf('verify'), inputs });
  expect(run.exitCode, run.stdout).toBe(0);
  expect(run.report as Report).toMatchObject({ mode: 'verify', verdict: 'pass' });
  const other = await runAction({ root: folderOf('verify'), inputs, env: { INPUT_MODE: 'rollback' } });
  expect(other.report as Report).toMatchObject({ mode: 'verify', verdict: 'pass' });
});

test('alert and rollback run in their modes', async () => {
  const alert = await runAction({ root: folderOf('alert'), inputs: { title: 'x', channels: 'log' } });
  expect(alert.exitCode, alert.stdout).toBe(0);
  expect(alert.report as Report).toMatchObject({ mode: 'alert' });
  const rollback = await runAction({
    root: folderOf('rollback'),
    inputs: { operation: 'plan', steps: '19' },
  });
  expect(rollback.stdout).toContain('mongodb-uri: is required for mode rollback');
});
