import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/settings/settings.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function problemsOf(inputs: Record<string, string>): Promise<string[]> {
  try {
    await readSettings({
      raw: (name) => inputs[name],
      env: {},
      run: { actor: 'a', host: 'h' },
      defaultReportPath: join(folder, 'report.json'),
      mask: () => undefined,
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
}

const VERIFY = { mode: 'verify', targets: 'https://a.example/' };

test('a run that is well told', async () => expect(await problemsOf(VERIFY)).toEqual([]));

describe('what every mode refuses', () => {
  test.each<[Record<string, string>, string]>([
    [
      { ...VERIFY, 'report-html': join(folder, 'report.json') },
      'report-html: names the same file as report-path',
    ],
    [
      { ...VERIFY, 'report-html': join(folder, 'a.html'), 'report-path': join(folder, 'x', '..', 'a.html') },
      'report-html: names the same file as report-path',
    ],
    [{ ...VERIFY, 'mongodb-database': 'shop' }, 'mongodb-database: is given without mongodb-uri'],
  ])('%j', async (inputs, problem) => expect(await problemsOf(inputs)).toEqual([problem]));

  test('a mode that is mistyped, with the nearest; one that is like none, without', async () => {
    expect(await problemsOf({ mode: 'verfy' })).toContain('mode: did you mean `verify`?');
    const found = await problemsOf({ mode: 'zzzzzzzzzz' });
    expect(found.filter((line) => line.startsWith('mode: '))).toEqual([
      "mode: 'zzzzzzzzzz' is not known; write `verify`, `alert` or `rollback`",
    ]);
  });
});
