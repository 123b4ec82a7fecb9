import fc from 'fast-check';
import { BSON } from 'mongodb';
import type { HttpSender } from '../../../src/alert/channels/common/http.ts';
import { retryAfterMs } from '../../../src/alert/channels/common/retries.ts';
import { explainSmtpError } from '../../../src/alert/channels/email/errors.ts';
import { slackToken } from '../../../src/alert/channels/slack/token.ts';
import { slackWebhook } from '../../../src/alert/channels/slack/webhook.ts';
import { webhookChannel } from '../../../src/alert/channels/webhook/webhook.ts';
import { githubIssues } from '../../../src/github/issue.ts';
import { permissionIn } from '../../../src/github/permission.ts';
import {
  ACTUATOR_METRICS,
  readActuatorHealth,
  readActuatorInfo,
  readActuatorMetrics,
  readHealthJson,
} from '../../../src/verify/app/other-formats.ts';
import { parseScrape, readScrapes } from '../../../src/verify/app/prometheus.ts';
import { type AppReading, mergeReadings } from '../../../src/verify/app/reading.ts';
import { readAlerts, readDetailed, readHealth, readMetrics } from '../../../src/verify/app/six-endpoints.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../src/verify/http/client.ts';
import { pointerPath } from '../../../src/verify/http/expectation.ts';
import { compileJsonPath } from '../../../src/verify/http/json-path.ts';
import type { TargetOptions } from '../../../src/verify/http/options.ts';
import { compilePattern } from '../../../src/verify/http/pattern.ts';
import { probe } from '../../../src/verify/http/probe.ts';
import { NOW, notificationsOf, REPORTS } from '../fixtures.ts';
import { hostileJson, hostileNumber, hostileText, mutated, mutatedText } from '../hostile.ts';
import { fuzzTarget } from '../target.ts';

const timings = { blocked: 0, connecting: 1, tlsHandshaking: 0, waiting: 1, receiving: 1 };
const signal = new AbortController().signal;

/** Header values as an HTTP parser lets them through: latin1 without line ends. */
const headerValue = hostileText.map((text) =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n\0]/g, ' ')
    .slice(0, 2_000),
);

const ADDRESSES = [
  'https://api.example.com/next',
  '/next',
  '//evil.example/x',
  'https://evil.example/?token=1',
  'http://api.example.com/down',
  'https://api.example.com:8443/',
  'https://user:pw@evil.example/',
  'file:///etc/passwd',
  'ftp://evil.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'unix:/var/run/docker.sock',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://127.0.0.1:27017/',
  'http://localhost:9200/',
  'http://[::1]/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://192.168.1.1/',
  'http://[::ffff:169.254.169.254]/',
  'http://2852039166/',
  'http://0x7f.1/',
  'http://metadata.google.internal/',
  'http:',
  'https://',
  '',
  ' ',
  '%',
  'https://api.example.com/\u0000',
  'https://[',
  'HTTPS://API.EXAMPLE.COM/x',
  '?x=1',
  '#x',
];
const PRIVATE = /^(127\.|10\.|192\.168\.|169\.254\.|0\.0\.0\.0|\[|localhost$|metadata\.google\.internal$)/;

const answer = fc.record({
  status: fc.constantFrom(
    200,
    200,
    200,
    204,
    301,
    302,
    303,
    307,
    308,
    302,
    307,
    401,
    403,
    404,
    418,
    429,
    500,
    503,
    599,
    101,
    999,
  ),
  location: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...ADDRESSES) },
    { weight: 1, arbitrary: headerValue },
  ),
  headers: fc.dictionary(
    fc.constantFrom(
      'content-type',
      'age',
      'x-cache',
      'cf-cache-status',
      'server',
      'x-version',
      'cf-mitigated',
      '__proto__',
      'set-cookie',
    ),
    fc.oneof(headerValue, fc.constantFrom('text/html', 'HIT', '-1', '1e9')),
  ),
  body: fc.oneof(
    hostileText.map((text) => Buffer.from(text)),
    hostileJson.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '{"version":"1.2.3"}',
        '{"version":{"a":1}}',
        '{"__proto__":{"version":"1.2.3"}}',
        `${'['.repeat(20_000)}`,
        '\ufeff{"version":"1.2.3"}',
        `<html>${' '.repeat(5_000)}`,
      )
      .map((text) => Buffer.from(text)),
  ),
});

const SECRET_HEADERS = {
  authorization: 'Bearer s3cr3t',
  cookie: 'a=b',
  'x-api-key': 's3cr3t',
  host: 'api.example.com',
};

const target = (over: Partial<TargetOptions>): TargetOptions => ({
  name: 'api',
  url: new URL('https://api.example.com/health'),
  method: 'GET',
  headers: { accept: '*/*', 'user-agent': 'deploy-guard', ...SECRET_HEADERS },
  expectedStatus: [{ from: 200, to: 299 }],
  timeoutMs: 5_000,
  samples: 1,
  warmup: 0,
  intervalMs: 0,
  retries: 0,
  maxRedirects: 5,
  bodyLimit: 1e6,
  expectations: [],
  http: 'auto',
  connections: 'new',
  ...over,
});

const expectations = [
  { on: 'body', matcher: { kind: 'contains', text: 'ok' } },
  { on: 'body', matcher: { kind: 'matches', pattern: await compilePattern('(a+)+$|(.*)*x') } },
  { on: 'header', name: 'x-version', matcher: { kind: 'is', value: 1 } },
  { on: 'header', name: '__proto__', matcher: { kind: 'exists', value: true } },
  { on: 'json', path: pointerPath('/__proto__/a'), matcher: { kind: 'exists', value: true } },
  { on: 'json', path: pointerPath('/constructor/name'), matcher: { kind: 'exists', value: true } },
  { on: 'json', path: await compileJsonPath('$..a'), matcher: { kind: 'min', value: 1 } },
  { on: 'json', path: pointerPath('/a'), matcher: { kind: 'is-not', value: null } },
] as const;

export const httpAnswers = fuzzTarget({
  name: 'http-answers',
  holds:
    'any answers and redirects give a named verdict; secrets stay with their origin, and no redirect leads from a public host to a private address, another scheme or past the limit',
  share: 0.6,
  arbitrary: fc.record({
    answers: fc.array(answer, { minLength: 1, maxLength: 8 }),
    maxRedirects: fc.constantFrom(0, 1, 5),
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    expectation: fc.option(fc.constantFrom(...expectations), { nil: undefined }),
    place: fc.constantFrom(
      { kind: 'json', pointer: '/version' },
      { kind: 'header', name: 'x-version' },
      { kind: 'json', pointer: '/__proto__/version' },
      undefined,
    ),
  }),
  async check({ answers, maxRedirects, method, expectation, place }) {
    const seen: HttpRequest[] = [];
    const client = {
      async request(request: HttpRequest): Promise<HttpAnswer> {
        seen.push(request);
        const one = answers[Math.min(seen.length, answers.length) - 1];
        if (!one) throw new Error('no answer');
        const headers = Object.assign(Object.create(null), one.headers, {
          location: one.location,
        }) as HttpAnswer['headers'];
        return {
          status: one.status,
          headers,
          body: one.body,
          head: one.body.subarray(0, 4_096),
          protocol: 'http/1.1',
          timings,
          reused: false,
        };
      },
    } as unknown as HttpClient;
    const options = target({
      maxRedirects,
      method,
      ...(method === 'POST' ? { body: 'secret body' } : {}),
      ...(expectation ? { expectations: [expectation] } : {}),
      ...(place ? { version: { expected: '1.2.3', place } as NonNullable<TargetOptions['version']> } : {}),
    });
    const result = await probe(client, options, undefined, async (name) => [
      name === 'metadata.google.internal' ? '169.254.169.254' : '203.0.113.7',
    ]);
    if (seen.length > maxRedirects + 1)
      throw new Error(`${seen.length} requests with ${maxRedirects} redirects allowed`);
    for (const request of seen.slice(1)) {
      const { url } = request;
      if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`asked ${url.protocol}`);
      if (PRIVATE.test(url.hostname)) throw new Error(`was led to ${url.hostname}`);
    }
    let trusted = true;
    for (const [index, request] of seen.entries()) {
      if (index > 0 && request.url.origin !== seen[index - 1]?.url.origin) trusted = false;
      if (trusted) continue;
      for (const name of Object.keys(SECRET_HEADERS))
        if (Object.hasOwn(request.headers, name)) throw new Error(`${name} went to ${request.url.origin}`);
      if (request.body !== undefined) throw new Error(`the body went to ${request.url.origin}`);
    }
    const last = seen.length > 0 ? answers[Math.min(seen.length, answers.length) - 1] : undefined;
    if (!result.failure && last && (last.status < 200 || last.status > 299))
      throw new Error(`green with ${last.status}`);
    if (result.failure && result.failure.reason.trim() === '') throw new Error('failed without a reason');
    if (result.failure && result.failure.reason.length > 3_000) throw new Error('an endless reason');
    if (
      !result.failure &&
      place?.kind === 'json' &&
      place.pointer.includes('__proto__') &&
      !last?.body.includes('"__proto__"')
    )
      throw new Error('an inherited value was read');
  },
});

const SCRAPE =
  '# HELP x y\n# TYPE http_requests_total counter\nhttp_requests_total{status="200"} 10\nhttp_requests_total{status="500"} 1\nprocess_cpu_seconds_total 1.5\nhttp_request_duration_seconds_bucket{le="0.1"} 5\nhttp_request_duration_seconds_bucket{le="+Inf"} 6\nprocess_start_time_seconds 1e9\njvm_memory_used_bytes{area="heap"} 10\njvm_memory_max_bytes{area="heap"} 20\n';

function assertReading(reading: AppReading | undefined): void {
  if (reading === undefined) return;
  const { values, reasons, alerts, status } = reading;
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number' && Number.isNaN(value)) throw new Error(`${name} is no number`);
  }
  if (status !== undefined && !['healthy', 'degraded', 'unhealthy'].includes(status))
    throw new Error(`the status ${String(status)}`);
  for (const text of [...reasons, ...alerts])
    if (typeof text !== 'string') throw new Error('a reason that is no text');
}

export const healthFormats = fuzzTarget({
  name: 'health-formats',
  holds: 'what a service says of itself is read or passed over; nothing inherited is read, no value is NaN',
  share: 0.1,
  arbitrary: fc.record({
    json: fc.oneof(
      hostileJson,
      mutated(
        [
          {
            status: 'healthy',
            version: '1',
            uptimeSeconds: 5,
            system: { cpu: { percent: 5 }, memory: { usedPercent: 5 } },
            database: { status: 'up', responseTimeMs: 3 },
            reasons: [{ message: 'x' }],
            requests: { count: 5 },
            errorRate: 0.1,
            responseTime: { p50Ms: 1, p95Ms: 2, p99Ms: 3 },
            active: [{ id: 'a', severity: 'error', startedAt: '2026-01-01T00:00:00Z', message: 'x' }],
            alerts: [{ id: 'a', severity: 'critical', startedAt: 'x', resolvedAt: null }],
          },
          {
            status: 'UP',
            components: { db: { status: 'DOWN', details: { error: 'x' } } },
            build: { version: '1' },
            measurements: [
              { statistic: 'VALUE', value: 0.5 },
              { statistic: 'COUNT', value: 3 },
            ],
          },
          {
            status: 'pass',
            version: '1',
            releaseId: '2',
            checks: { 'db:time': [{ status: 'fail', output: 'x', observedValue: 3, observedUnit: 'ms' }] },
          },
        ],
        4,
      ),
    ),
    text: fc.oneof(
      mutatedText([SCRAPE], 4),
      hostileText,
      fc.constantFrom(
        '\n'.repeat(50_000),
        `${'a{'.repeat(10_000)}`,
        `a{${'b="c",'.repeat(5_000)}} 1\n`,
        'x{__proto__="1"} 1\n__proto__ 1\nconstructor{a="b"} 2\n',
        ' '.repeat(50_000),
        `a{b="${'\\'.repeat(30_000)}`,
      ),
    ),
    first: mutatedText([SCRAPE], 2),
    since: fc.oneof(hostileNumber, fc.constant(NOW)),
  }),
  check({ json, text, first, since }) {
    for (const reading of [
      readHealth(json),
      readDetailed(json),
      readMetrics(json),
      readAlerts(json, json, since),
      readActuatorHealth(json),
      readActuatorInfo(json),
      readActuatorMetrics(new Map(ACTUATOR_METRICS.map((name) => [name, json]))),
      readHealthJson(json),
    ]) {
      assertReading(reading);
      if (reading) assertReading(mergeReadings([reading, reading]));
    }
    const scrapes = [first, text].map((one) => {
      try {
        return parseScrape(one, NOW);
      } catch (error) {
        // The gate says "no Prometheus text"; what it may not do is end.
        if (!(error instanceof Error)) throw error;
        return undefined;
      }
    });
    const [before, last] = scrapes;
    if (last) assertReading(readScrapes(before, last));
  },
});

const notification = notificationsOf(REPORTS[0] as (typeof REPORTS)[number], 'x')[0];

export const channelAnswers = fuzzTarget({
  name: 'channel-answers',
  holds:
    'any answer of Slack, a webhook, a mail server or GitHub ends a delivery with words; only a clear yes counts as delivered',
  share: 0.2,
  arbitrary: fc.record({
    status: fc.oneof(
      fc.constantFrom(200, 200, 201, 204, 301, 400, 403, 404, 429, 500, 503),
      fc.nat({ max: 999 }),
    ),
    body: fc.oneof(
      hostileText,
      hostileJson.map((value) => JSON.stringify(value) ?? ''),
      mutated(
        [
          { ok: true, ts: '1.2', channel: 'C1' },
          { ok: false, error: 'channel_not_found', response_metadata: { messages: ['x'] } },
        ],
        2,
      ).map((value) => JSON.stringify(value) ?? ''),
      fc.constant('ok'),
    ),
    retryAfter: fc.oneof(fc.constant(undefined), hostileText, hostileNumber.map(String)),
    error: fc.record({
      message: hostileText,
      code: fc.oneof(hostileText, fc.constantFrom('EAUTH', 'ETLS', 'ECONNECTION')),
      responseCode: fc.oneof(hostileNumber, fc.constant(undefined)),
      response: fc.oneof(hostileText, fc.constant(undefined)),
      status: fc.oneof(fc.nat({ max: 600 }), hostileNumber),
      headers: fc.dictionary(fc.constantFrom('retry-after', 'x-ratelimit-reset'), hostileText),
    }),
    json: hostileJson,
  }),
  async check({ status, body, retryAfter, error, json }) {
    if (!notification) throw new Error('no message');
    const http = {
      post: async () => ({
        status,
        body,
        header: (name: string) => (name.toLowerCase() === 'retry-after' ? retryAfter : undefined),
      }),
    } as unknown as HttpSender;
    const now = () => NOW;
    const slack = { token: 'xoxb-1', channel: '#x', apiUrl: 'https://slack.example/api/' };
    for (const channel of [
      slackWebhook('slack', 'https://slack.example/x', http, now),
      slackToken('slack', slack, http, now),
      webhookChannel({ url: 'https://example.com', secret: 'x' }, http, now),
    ]) {
      const attempt = await channel.deliver(notification, signal);
      if (attempt.ok) {
        if (status >= 300) throw new Error(`delivered with ${status}`);
        continue;
      }
      if (attempt.error.trim() === '' || attempt.error.length > 3_000)
        throw new Error(`the error ${attempt.error.slice(0, 50)}`);
      if (attempt.retryAfterMs !== undefined && !(attempt.retryAfterMs >= 0))
        throw new Error(`waits ${attempt.retryAfterMs}`);
    }
    const wait = retryAfterMs(retryAfter, NOW);
    if (wait !== undefined && !(wait >= 0)) throw new Error(`waits ${wait}`);
    const thrown = Object.assign(new Error(error.message), { ...error, response: error.response });
    for (const auth of [
      undefined,
      { kind: 'password', user: 'u', password: 'p' },
      { kind: 'oauth2', user: 'u' },
    ] as const) {
      const words = explainSmtpError(thrown, {
        host: 'mail.example.com',
        port: 25,
        tls: 'offered',
        ...(auth ? { auth } : {}),
      });
      if (words.error.length > 1_500) throw new Error('an endless error');
    }
    explainSmtpError(json, { host: 'h', port: 1, tls: 'implicit' });
    const issues = githubIssues({ token: 't', repository: 'a/b', now });
    const github = issues.explain(
      Object.assign(new Error(error.message), { status: error.status, response: { headers: error.headers } }),
    );
    if (github.error.length > 1_500 || (github.retryAfterMs !== undefined && !(github.retryAfterMs >= 0)))
      throw new Error(`GitHub: ${github.error.slice(0, 100)}`);
    const permission = permissionIn((json ?? {}) as Parameters<typeof permissionIn>[0]);
    if (!['none', 'read', 'triage', 'write', 'maintain', 'admin'].includes(permission))
      throw new Error(`the permission ${permission}`);
  },
});

export const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  hostileJson
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => {
      try {
        return Buffer.from(BSON.serialize(value as BSON.Document));
      } catch {
        return Buffer.alloc(5);
      }
    }),
);

export const ANSWER_TARGETS = [httpAnswers, healthFormats, channelAnswers];
