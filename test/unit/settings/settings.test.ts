import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/settings/settings.ts';
import { formatProblem, renderText } from '../../../src/support/problem.ts';
import { problemsOf, refusalsOf } from '../../support/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (inputs: Record<string, string>, unmerged?: string) =>
  readSettings({
    raw: (name) => inputs[name],
    env: {},
    run: { actor: 'a', host: 'h', ...(unmerged === undefined ? {} : { unmerged }) },
    defaultReportPath: join(folder, 'report.json'),
    mask: () => undefined,
  });

const VERIFY = { mode: 'verify', targets: 'https://a.example/' };

test('settings that are complete are accepted', async () => {
  expect(await read(VERIFY)).toMatchObject({ mode: 'verify', environment: 'production', dryRun: false });
});

describe('every mode refuses', () => {
  test.each<[Record<string, string>, string]>([
    [{ ...VERIFY, 'report-html': join(folder, 'report.json') }, 'report-html same-file'],
    [
      { ...VERIFY, 'report-html': join(folder, 'a.html'), 'report-path': join(folder, 'x', '..', 'a.html') },
      'report-html same-file',
    ],
    [
      { ...VERIFY, 'report-junit': join(folder, 'a.xml'), 'report-html': join(folder, 'a.xml') },
      'report-junit same-file',
    ],
    [{ ...VERIFY, 'report-junit': folder }, 'report-junit refused-path'],
    [{ ...VERIFY, 'mongodb-database': 'shop' }, 'mongodb-database needs-mongodb'],
    [
      { ...VERIFY, 'mongodb-database': 'a b', 'mongodb-uri': 'mongodb://h/x' },
      'mongodb-database not-a-database-name',
    ],
    [{ ...VERIFY, 'mongodb-uri': 'postgres://h/x' }, 'mongodb-uri not-a-mongodb-uri'],
    [{ ...VERIFY, 'mongodb-uri': 'mongodb://h/' }, 'mongodb-uri no-database'],
    [{ ...VERIFY, state: 'mongodb' }, 'state needs-mongodb'],
    [{ ...VERIFY, state: 'file:' }, 'state unknown-choice'],
    [{ ...VERIFY, state: `file:${folder}` }, 'state refused-path'],
    [{ ...VERIFY, 'report-path': folder }, 'report-path refused-path'],
    [{ ...VERIFY, config: join(folder, 'none.yml') }, 'config unreadable-file'],
    [{ mode: 'verfy' }, 'mode unknown-choice'],
    [{}, 'mode required'],
    [{ mode: 'rollback', operation: 'plan', steps: '19' }, 'mongodb-uri needs-mongodb'],
  ])('%j', async (inputs, refusal) => expect(await refusalsOf(read(inputs))).toEqual([refusal]));

  test('dry-run: false on code that is not merged', async () => {
    const inputs = { ...VERIFY, 'dry-run': 'false' };
    expect(await refusalsOf(read(inputs, 'the event is pull_request'))).toEqual(['dry-run dry-run-refused']);
    expect(await refusalsOf(read(inputs))).toEqual([]);
  });
});

test('an input of another mode is a warning, not a refusal', async () => {
  const { warnings: notices } = await read({ ...VERIFY, steps: '19' });
  expect(notices.map((notice) => renderText(notice))).toEqual([
    '`steps` belongs to mode rollback and has no effect in mode verify.',
  ]);
});

test('problems are worded for a workflow file: where, what, and what to write instead', async () => {
  const words = async (inputs: Record<string, string>) =>
    (await problemsOf(read(inputs))).map((problem) => formatProblem(problem));
  expect(await words({ mode: 'verfy' })).toEqual([
    "mode: 'verfy' is not known\n  Did you mean `verify`? Write `verify`, `alert` or `rollback`.",
  ]);
  expect(await words({ ...VERIFY, state: 'mongodb' })).toEqual([
    'state: is `mongodb`, but `mongodb-uri` is not given\n  Give `mongodb-uri`, or write `state: file:PATH`.',
  ]);
  expect(await words({ ...VERIFY, 'mongodb-database': 'shop' })).toEqual([
    'mongodb-database: is given without `mongodb-uri`\n  Write `mongodb-uri: ${{ secrets.MONGODB_URI }}`.',
  ]);
});
