import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';

/** Each of these must end with exit code 1 and a message that names the input, before anything runs. */
const PASSWORD = 'hunter2-hunter2';
let target: HttpTarget;
let folder = '';

beforeAll(async () => {
  target = await startHttpTarget();
  folder = await mkdtemp(join(tmpdir(), 'bad-input-'));
  await mkdir(join(folder, 'a-directory'));
  await writeFile(join(folder, 'empty.yml'), '\n');
  await writeFile(join(folder, 'huge.yml'), `# ${'x'.repeat(300_000)}\n`);
  await writeFile(join(folder, 'unknown.yml'), 'environment: production\ntresholds:\n  - a\n');
  await writeFile(join(folder, 'not-a-report.json'), '{"schema":"something-else"}');
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  name: string;
  inputs: Record<string, string>;
  event?: { name: string };
  message: RegExp;
}

const verify = (over: Record<string, string>) => ({ mode: 'verify', targets: 'URL', ...over });
const rollback = (over: Record<string, string>) => ({
  mode: 'rollback',
  'mongodb-uri': `mongodb://app:${PASSWORD}@127.0.0.1:1/shop`,
  operation: 'plan',
  steps: '19',
  ...over,
});

const CASES: Case[] = [
  { name: 'no mode', inputs: { mode: '' }, message: /mode: is required/ },
  { name: 'unknown mode', inputs: { mode: 'verfy' }, message: /mode: .*verfy.*Did you mean `verify`/ },
  { name: 'a target that is no URL', inputs: verify({ targets: 'api=not a url' }), message: /targets: / },
  {
    name: 'a target that is not http(s)',
    inputs: verify({ targets: 'ftp://example.com/' }),
    message: /targets: .*http/,
  },
  {
    name: 'a threshold that does not parse',
    inputs: verify({ thresholds: 'http_req_duration: p95<500ms' }),
    message: /thresholds: .*%0A.*p95<500ms%0A +\^/,
  },
  {
    name: 'an unknown metric',
    inputs: verify({ thresholds: 'http_req_duratio: p(95)<500ms' }),
    message: /Did you mean `http_req_duration`/,
  },
  {
    name: 'a malformed MongoDB URI, which is not echoed',
    inputs: verify({ 'mongodb-uri': `mongodb://app:${PASSWORD}@@host/db` }),
    message: /mongodb-uri: .*percent-encoded/,
  },
  {
    name: 'a URI of something else',
    inputs: verify({ 'mongodb-uri': `postgres://app:${PASSWORD}@host/db` }),
    message: /mongodb-uri: does not start with/,
  },
  {
    name: 'a URI without a database',
    inputs: verify({ 'mongodb-uri': `mongodb://app:${PASSWORD}@host/` }),
    message: /mongodb-uri: names no database/,
  },
  { name: 'an unknown STEP', inputs: rollback({ steps: '18' }), message: /steps: .*18/ },
  { name: 'empty steps', inputs: rollback({ steps: '' }), message: /steps: / },
  {
    name: 'rollback without a database',
    inputs: { mode: 'rollback', operation: 'plan', steps: '19' },
    message: /mongodb-uri: is required/,
  },
  {
    name: 'dry-run: false on a pull request',
    inputs: rollback({ 'dry-run': 'false' }),
    event: { name: 'pull_request' },
    message: /dry-run: is false, but the event is pull_request/,
  },
  {
    name: 'a boolean that is none',
    inputs: verify({ 'show-summary': 'yes' }),
    message: /show-summary: .*`true` or `false`/,
  },
  { name: 'a bare number for a duration', inputs: verify({ timeout: '30' }), message: /timeout: .*`30s`/ },
  {
    name: 'an unreadable guard file',
    inputs: verify({ config: 'FOLDER/none.yml' }),
    message: /config: cannot read .*no such file/,
  },
  {
    name: 'a directory as guard file',
    inputs: verify({ config: 'FOLDER/a-directory' }),
    message: /config: .*directory/,
  },
  {
    name: 'an empty guard file',
    inputs: verify({ config: 'FOLDER/empty.yml' }),
    message: /config: .*is empty/,
  },
  {
    name: 'an over-large guard file',
    inputs: verify({ config: 'FOLDER/huge.yml' }),
    message: /config: .*at most/,
  },
  {
    name: 'an unknown key in the guard file',
    inputs: verify({ config: 'FOLDER/unknown.yml' }),
    message: /unknown\.yml:2:1: unknown key `tresholds`.*Did you mean `thresholds`/,
  },
  {
    name: 'a missing report',
    inputs: { mode: 'alert', 'from-report': 'FOLDER/none.json' },
    message: /from-report: /,
  },
  {
    name: 'a report that is none',
    inputs: { mode: 'alert', 'from-report': 'FOLDER/not-a-report.json' },
    message: /from-report: /,
  },
  {
    name: 'an unwritable report path',
    inputs: verify({ 'report-path': 'FOLDER/a-directory' }),
    message: /report-path: cannot write .*directory/,
  },
  {
    name: 'a report path below a file',
    inputs: verify({ 'report-path': 'FOLDER/empty.yml/report.json' }),
    message: /report-path: cannot write/,
  },
];

describe('bad input ends the run before anything runs', () => {
  test.each(CASES)('$name', async ({ inputs, event, message }) => {
    const requests = target.requests.length;
    const run = await runAction({
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [
          name,
          value.replace('FOLDER', folder).replace(/^URL$/, `${target.url}/`),
        ]),
      ),
      ...(event ? { event } : {}),
    });
    expect(run.exitCode, run.stdout + run.stderr).toBe(1);
    expect(run.stdout).toMatch(message);
    expect(run.outputs.verdict).toBe('error');
    expect(target.requests.length).toBe(requests);
    const said =
      run.stdout.replace(/^::add-mask::.*$/gm, '') +
      run.stderr +
      run.summary +
      JSON.stringify(run.report ?? '');
    expect(said).not.toContain(PASSWORD);
  });

  test('all problems are told at once', async () => {
    const run = await runAction({
      inputs: { mode: 'verify', targets: 'nope', samples: 'many', timeout: '5', 'dry-run': 'perhaps' },
    });
    for (const name of ['targets', 'samples', 'timeout', 'dry-run'])
      expect(run.stdout).toContain(`${name}: `);
    expect((run.report as Report).cause).toContain('samples: ');
  });
});
