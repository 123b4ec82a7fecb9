import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse as parseYaml, stringify } from 'yaml';
import { readContext } from '../../../src/github/context.ts';
import { expand } from '../../../src/rollback/reversals/expand.ts';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile, readGuardFile } from '../../../src/settings/guard-file/read.ts';
import { guardFileSchema } from '../../../src/settings/guard-file/schema.ts';
import { ROLLBACK_SECTIONS } from '../../../src/settings/guard-file/sections/rollback.ts';
import { rollbackCatalogue } from '../../../src/settings/rollback/catalogue.ts';
import { ALL_INPUTS, readSettings } from '../../../src/settings/settings.ts';
import { readSummarySettings } from '../../../src/status/settings.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';
import { type Problem, renderText } from '../../../src/support/problem.ts';
import { settingsContext } from '../../support/settings.ts';
import { GUARD_FILE, REPORTS } from '../fixtures.ts';
import { hostileText, mutated, mutatedText } from '../hostile.ts';
import { fuzzTarget } from '../target.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/**
 * Every problem names its place and says something.
 * @param given what the user wrote, whose words a problem may repeat
 */
function assertClear(problems: readonly Problem[], given: string): void {
  if (problems.length === 0) throw new Error('refused without a problem');
  if (problems.length > 1_000) throw new Error(`${problems.length} problems: nobody reads them`);
  for (const { where, code, ...rest } of problems) {
    const message = renderText(rest.message);
    if (!/^[a-z0-9-]+$/.test(code)) throw new Error(`a code that is not one: ${code}`);
    if (where.trim() === '' || message.trim() === '')
      throw new Error(`an empty problem: ${where}: ${message}`);
    for (const word of [
      'undefined',
      '[object',
      'NaN',
      'is not a function',
      'Cannot read',
      'Maximum call stack',
    ])
      if (message.includes(word) && !given.includes(word))
        throw new Error(`a problem that no user understands: ${where}: ${message}`);
  }
}

/** The text of the file that an input names, which problems may repeat as well. */
function fileOf(input: Readonly<Record<string, string | undefined>>): string {
  const path = input['from-report'] ?? input.config;
  return path?.startsWith(folder) && existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** What each input may look like when it is right, so that the fuzzer gets behind the first check. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  mode: ['verify', 'alert', 'rollback'],
  environment: ['production', 'a b/c'],
  'dry-run': ['auto', 'true', 'false'],
  'mongodb-uri': [
    'mongodb://app:pw@127.0.0.1:1/shop',
    'mongodb+srv://u:p@h.example/x',
    'mongodb://h/x?replicaSet=a&ssl=true',
  ],
  'mongodb-database': ['shop'],
  state: ['auto', 'none', 'file:state.json', 'mongodb'],
  'state-database': ['deploy_guard'],
  targets: [
    'https://api.example.com/health',
    'api=https://u:p@api.example.com/?k=v\nweb=http://web.example.com',
  ],
  'health-base-url': ['https://api.example.com'],
  'prometheus-url': ['https://api.example.com/metrics'],
  headers: ['X-Api-Key: secret\nAccept: */*', '__proto__: x', 'constructor: y'],
  'bearer-token': ['abcdefgh'],
  'expected-status': ['200-299, 301', '2xx'],
  'expected-version': ['1.2.3'],
  'version-path': ['/version', 'a~1b'],
  'version-header': ['x-version'],
  'version-pattern': ['build (\\S+)', '(a+)+$'],
  thresholds: ['http_req_duration: p(95)<200ms\nhttp_req_failed: rate==0'],
  samples: ['5'],
  warmup: ['0'],
  interval: ['0s'],
  timeout: ['1s'],
  'wait-timeout': ['1s'],
  'fail-on': ['warn,fail'],
  baseline: ['compare', 'record'],
  'control-target': ['https://example.com'],
  'alert-type': ['service-down', 'custom', 'constructor', 'toString'],
  severity: ['critical'],
  title: ['a title'],
  message: ['a message'],
  source: ['api'],
  labels: ['team=a\nb=c', '__proto__=x', 'constructor=y'],
  resolve: ['true'],
  channels: ['log', 'slack,email'],
  'slack-webhook-url': ['https://hooks.slack.com/services/T0/B0/x'],
  'slack-token': ['xoxb-12345678'],
  'slack-channel': ['#ops'],
  'smtp-url': ['smtps://u:p@mail.example.com:465'],
  'email-from': ['Guard <a@example.com>'],
  'email-to': ['b@example.com, C <c@example.com>'],
  'webhook-url': ['https://example.com/hook'],
  'webhook-secret': ['s3cr3t-s3cr3t'],
  operation: ['plan', 'apply', 'restore', 'status'],
  steps: ['19', '19-22', 'order-id', '1-9999'],
  'operation-id': ['a-1'],
  'plan-digest': ['a'.repeat(64)],
  confirm: ['apply'],
};

/** These name files: what they may name has a target of its own. */
const PATHS = new Set(['config', 'report-path', 'report-html', 'from-report', 'state']);

const someInput = fc.constantFrom(...Object.keys(ALL_INPUTS).filter((name) => !PATHS.has(name)));
const inputs = fc
  .tuple(
    fc.constantFrom('verify', 'alert', 'rollback'),
    fc.array(
      someInput.chain((name) =>
        fc.tuple(
          fc.constant(name),
          fc.oneof(
            { weight: 3, arbitrary: fc.constantFrom(...(RIGHT[name] ?? ['x'])) },
            { weight: 2, arbitrary: mutatedText(RIGHT[name] ?? ['x'], 2) },
            { weight: 1, arbitrary: hostileText },
          ),
        ),
      ),
      { maxLength: 10 },
    ),
    fc.constantFrom('none', 'auto', 'file:s.json'),
    fc.dictionary(fc.constantFrom('API_KEY', 'HOME', 'X'), hostileText),
    fc.constantFrom('push', 'pull_request', undefined),
  )
  .map(([mode, list, state, env, event]) => ({
    inputs: Object.assign(Object.create(null), { mode, state }, Object.fromEntries(list)) as Record<
      string,
      string
    >,
    env,
    event,
  }));

async function settle(
  input: Record<string, string>,
  env: Record<string, string>,
  event: string | undefined,
): Promise<void> {
  const masked: string[] = [];
  try {
    const settings = await readSettings({
      raw: (name) => input[name],
      env,
      run: readContext({
        GITHUB_ACTOR: 'octocat',
        GITHUB_REPOSITORY: 'octo-org/shop',
        GITHUB_REF: 'refs/heads/main',
        ...(event === undefined ? {} : { GITHUB_EVENT_NAME: event }),
      }),
      defaultReportPath: join(folder, 'report.json'),
      mask: (secrets) => masked.push(...secrets),
    });
    if (event === 'pull_request' && !settings.dryRun)
      throw new Error('a pull request would change something');
    JSON.stringify(settings);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    assertClear(error.problems, JSON.stringify(input) + fileOf(input));
    for (const name of ['mongodb-uri', 'slack-token', 'bearer-token', 'webhook-secret']) {
      const secret = input[name]?.trim();
      if (secret && secret.length >= 12 && !masked.includes(secret))
        throw new Error(`${name} was not masked`);
    }
  }
}

export const settings = fuzzTarget({
  name: 'settings',
  holds: 'any inputs give settings, or a configuration error that names the input; secrets are masked first',
  share: 0.25,
  arbitrary: inputs,
  check: ({ inputs: given, env, event }) => settle(given, env, event),
});

/** As YAML; what is too deep for the library's writer as JSON, which is YAML too. */
function yamlOf(value: unknown): string {
  try {
    return stringify(value, { aliasDuplicateObjects: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify(value);
  }
}

const BYTES = fc.oneof(
  { weight: 6, arbitrary: mutatedText([GUARD_FILE], 3).map((text) => Buffer.from(text)) },
  {
    weight: 3,
    arbitrary: mutated([parseYaml(GUARD_FILE)], 4).map((value) => Buffer.from(yamlOf(value) ?? '')),
  },
  { weight: 2, arbitrary: hostileText.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        // The billion laughs, rings, depth, width, repeats, odd encodings and ends of lines.
        `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
        'targets: &a [*a]\n',
        'a: &a { b: *a }\n',
        'alerts: &x\n  labels: *x\n',
        'x: *unknown\n',
        `targets: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
        `targets: ${'['.repeat(100_000)}`,
        `a: ${'{a: '.repeat(3_000)}`,
        `${'- '.repeat(20_000)}x`,
        `${'? '.repeat(20_000)}`,
        Array.from({ length: 15_000 }, (_, index) => `k${index}: 1`).join('\n'),
        Array.from({ length: 15_000 }, () => 'environment: production').join('\n'),
        `thresholds:\n${'  - x\n'.repeat(20_000)}`,
        `environment: ${'a'.repeat(200_000)}`,
        `silences:\n  - { until: "${'T'.repeat(200_000)}", match: {}, reason: x }\n`,
        `maintenance: [{ name: a, duration: 1h, cron: "${'*/1,'.repeat(5_000)}* * * * *" }]`,
        'maintenance: [{ name: a, duration: 1h, cron: "0 0 31 2 *" }]',
        'maintenance: [{ name: a, duration: 1h, start: 2026-01-01T00:00, rrule: "FREQ=SECONDLY" }]',
        'maintenance: [{ name: a, duration: 1h, start: 0001-01-01T00:00, rrule: "FREQ=SECONDLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=30" }]',
        'maintenance: [{ name: a, duration: 1h, start: 2026-01-01T00:00, rrule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }]',
        '\ufeffenvironment: production\n',
        'environment: production\r\ntargets:\r\n  - https://a.example\r\n',
        'environment: a\rtargets: b',
        '--- \nenvironment: a\n--- \nenvironment: b\n',
        '%TAG ! tag:x,2000:\n---\nenvironment: !x a\n',
        'environment: !!js/function "x"\n',
        'environment: !!binary aGk=\n',
        'environment: !<tag:yaml.org,2002:map> {}\n',
        '<<: { environment: a }\n',
        '__proto__: { environment: a }\n',
        'constructor: { prototype: { a: 1 } }\n',
        '"__proto__": x\nenvironment: a\n',
        'alerts: { labels: { __proto__: x } }\n',
        '{ ? { a: b } : c }\n',
        '? [a]\n: b\n',
        '123: x\n',
        'null: x\n',
        '~: x\n',
        'environment: 1e999\n',
        'rollback: { batch-size: 0x7fffffffffffffff }\n',
        'rollback: { batch-size: .inf }\n',
        'rollback: { batch-size: -.nan }\n',
        'rollback: { batch-size: 99999999999999999999999999 }\n',
      )
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: hostileText.map((text) => Buffer.from(`\ufeff${text}`, 'utf16le')) },
);

export const guardFile = fuzzTarget({
  name: 'guard-file',
  holds: 'any bytes give a guard file, or problems with their line and column',
  share: 0.1,
  limitMs: 8_000,
  arbitrary: BYTES,
  async check(bytes) {
    const path = join(folder, 'guard.yml');
    writeFileSync(path, bytes);
    const problems = new Problems();
    const text = await readGuardFile(path, problems);
    const file = text === undefined ? undefined : parseGuardFile(path, text, guardFileSchema, problems);
    if (file === undefined) {
      assertClear(problems.list, String(bytes));
      return;
    }
    if (Object.getPrototypeOf(file.values) !== Object.prototype) throw new Error('another prototype');
    file.locate(['targets', 0, 'url']);
    // What is valid goes on into each mode.
    const mode = ['verify', 'alert', 'rollback'][bytes.length % 3] ?? 'verify';
    await settle(
      {
        mode,
        config: path,
        title: 'x',
        'mongodb-uri': 'mongodb://h/x',
        steps: 'own-step',
        operation: 'plan',
      },
      { API_KEY: 'abcdefgh' },
      'push',
    );
  },
});

/** Whether a filter makes the server run code: an operator that does, but not a value that only looks like one. */
function runsCode(filter: unknown): boolean {
  if (filter === null || typeof filter !== 'object') return false;
  return Object.entries(filter).some(([key, inner]) => {
    if (/^\$(where|function|accumulator)$/.test(key)) return true;
    // What these compare with is a value, whatever is in it.
    return /^\$(eq|ne|gt|gte|lt|lte|in|nin)$/.test(key) ? false : runsCode(inner);
  });
}

export const catalogue = fuzzTarget({
  name: 'catalogue',
  holds:
    'overrides and declared STEPs are refused with their place, or become units whose filters run no code on the server',
  share: 0.5,
  arbitrary: mutated([(parseYaml(GUARD_FILE) as { rollback: unknown }).rollback], 4),
  async check(value) {
    const parsed = ROLLBACK_SECTIONS.rollback.safeParse(value);
    if (!parsed.success || parsed.data === undefined) return;
    const context = settingsContext({ hasMongodbUri: true });
    const { steps } = await rollbackCatalogue(parsed.data, context);
    if (context.problems.any) {
      assertClear(context.problems.list, JSON.stringify(value));
      return;
    }
    for (const step of steps) {
      for (const unit of expand(step.reversals)) {
        if (unit.kind !== 'documents') continue;
        if (runsCode(unit.filter)) throw new Error(`runs code: ${JSON.stringify(unit.filter)}`);
        if (unit.fields.some((field) => field.startsWith('$') || field === '_id' || field === '__proto__'))
          throw new Error(`the field ${unit.fields.join()}`);
        unit.edits([], new Map());
      }
    }
  },
});

export const fromReport = fuzzTarget({
  name: 'from-report',
  holds: 'any file given as a report is read, or refused by a configuration error',
  share: 0.1,
  arbitrary: fc.oneof(
    mutated(REPORTS, 4).map((value) => JSON.stringify(value) ?? ''),
    hostileText,
    fc.constantFrom(
      '',
      '[',
      '['.repeat(50_000),
      `${'{"a":'.repeat(20_000)}`,
      '\ufeff{}',
      'null',
      '1e999',
      '{"schema":"deploy-guard.report/v1","__proto__":{"mode":"verify"}}',
    ),
  ),
  async check(text) {
    const path = join(folder, 'other.json');
    writeFileSync(path, text);
    await settle({ mode: 'alert', 'from-report': path, state: 'none' }, {}, 'push');
  },
});

export const summaryInputs = fuzzTarget({
  name: 'summary-inputs',
  holds: 'any inputs of the summary action give settings, or a configuration error',
  share: 0.5,
  arbitrary: fc.dictionary(
    fc.constantFrom('reports', 'expected', 'title', 'fail-on', 'history', 'status-page'),
    fc.oneof(hostileText, fc.constantFrom('fail', 'none', 'reports')),
  ),
  check(given) {
    try {
      readSummarySettings((name) => given[name]);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      assertClear(error.problems, JSON.stringify(given));
    }
  },
});

mkdirSync(folder, { recursive: true });

export const SETTINGS_TARGETS = [settings, guardFile, catalogue, fromReport, summaryInputs];
