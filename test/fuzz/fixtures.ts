import { incomingOf } from '../../src/alert/catalogue/from-report.ts';
import { type Notification, notificationOf } from '../../src/alert/channels/common/notification.ts';
import type { Decision } from '../../src/alert/policy/decision.ts';
import { newMemory } from '../../src/alert/policy/transitions.ts';
import { REPORT_SCHEMA, type Report } from '../../src/report/schema.ts';

/** Valid things of each kind: what the fuzzer starts from. */

export const NOW = Date.UTC(2026, 0, 27, 12);
const at = new Date(NOW).toISOString();

export const REPORTS: readonly Report[] = [
  {
    schema: REPORT_SCHEMA,
    mode: 'verify',
    environment: 'production',
    dryRun: false,
    startedAt: at,
    finishedAt: at,
    verdict: 'fail',
    cause: 'MongoDB does not answer',
    run: {
      repository: 'octo-org/shop',
      workflow: 'deploy',
      runId: '42',
      url: 'https://github.com/octo-org/shop/actions/runs/42',
      commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
      actor: 'octocat',
    },
    phases: [
      { name: 'reachable', startedAt: at, durationMs: 12, outcome: 'done', detail: 'ok' },
      { name: 'measure', startedAt: at, durationMs: 1_200, outcome: 'failed', detail: 'no' },
    ],
    checks: [
      {
        id: 'api/http_req_failed/rate',
        kind: 'http',
        target: 'api',
        metric: 'http_req_failed',
        observed: 1,
        unit: '%',
        threshold: 'rate==0',
        baseline: 0,
        samples: 10,
        attempts: 1,
        verdict: 'fail',
        reason: 'answered 500',
        hint: 'read its log',
      },
      {
        id: 'api/version',
        kind: 'app',
        target: 'api',
        metric: 'version',
        observed: '1.2.3',
        unit: '',
        threshold: '= 1.2.4',
        samples: 1,
        attempts: 3,
        verdict: 'error',
        reason: 'late',
      },
      {
        id: 'mongodb/up',
        kind: 'mongodb',
        target: 'mongodb',
        metric: 'mongodb_up',
        observed: null,
        unit: 'ms',
        threshold: 'rate==1',
        samples: 0,
        attempts: 1,
        verdict: 'pass',
        reason: 'up',
      },
    ],
    measurements: [
      {
        target: 'api',
        metric: 'http_req_duration',
        unit: 'ms',
        count: 4,
        failed: 1,
        values: [1, 2, 3],
        warmup: [9],
        limit: 5,
      },
    ],
    alerts: [],
    notices: ['retried'],
  },
  {
    schema: REPORT_SCHEMA,
    mode: 'rollback',
    environment: 'staging',
    dryRun: false,
    startedAt: at,
    finishedAt: at,
    verdict: 'error',
    checks: [],
    alerts: [],
    rollback: {
      operation: 'apply',
      operationId: 'op-1',
      planDigest: 'a'.repeat(64),
      confirm: 'apply 19 to production',
      state: 'partially_applied',
      steps: [
        {
          step: '19',
          name: 'subscription-id',
          risk: 'high',
          reversibility: 'lossless',
          state: 'rollback_failed',
          matched: 10,
          modified: 5,
          conflicts: 1,
          impact: 'unset',
          durationMs: 5,
          error: 'lost',
          details: ['orders: 10'],
        },
      ],
      history: [
        {
          operationId: 'op-0',
          operation: 'apply',
          state: 'succeeded',
          steps: ['19'],
          startedAt: at,
          actor: 'octocat',
          modified: 3,
        },
      ],
      warnings: ['careful'],
    },
  },
  {
    schema: REPORT_SCHEMA,
    mode: 'alert',
    environment: 'production',
    dryRun: true,
    startedAt: at,
    finishedAt: at,
    verdict: 'warn',
    checks: [],
    alerts: [
      {
        fingerprint: 'abc',
        type: 'service-down',
        severity: 'critical',
        title: 'Service down',
        status: 'failed',
        decision: 'new',
        reason: 'first',
        channels: [
          { name: 'slack', status: 'failed', error: 'refused', preview: 'text' },
          { name: 'email', status: 'rendered', preview: 'mail', reference: '1.2' },
        ],
      },
    ],
  },
];

/** The message that a report leads to; undefined where it has nothing to tell. */
export function notificationsOf(report: Report, label: string): Notification[] {
  const { firing } = incomingOf(
    {
      subject: { kind: 'report', report },
      labels: { note: label },
      fireOn: ['warn', 'fail', 'inconclusive', 'error'],
      types: {},
    },
    report.environment,
    'app',
  );
  return (['firing', 'resolved'] as const).flatMap((kind) => {
    const decisions = firing.map(
      (alert): Decision => ({
        alert,
        kind,
        action: 'send',
        status: 'sent',
        rule: 'r',
        reason: label || 'r',
        channels: ['slack'],
        memory: { ...newMemory(alert, NOW), status: 'firing' as const, episode: 1 },
      }),
    );
    const remembered = decisions.flatMap(({ memory }) => (memory ? [memory] : []));
    const { workflow, runId, commit } = report.run ?? {};
    const run = {
      ...(workflow === undefined ? {} : { workflow }),
      ...(runId === undefined ? {} : { runId }),
      ...(commit === undefined ? {} : { commit }),
      repository: 'acme/shop',
      url: 'https://github.com/acme/shop/actions/runs/1',
      actor: label,
      host: 'h',
    };
    const made = notificationOf(
      decisions,
      { environment: report.environment, now: NOW + 60_000, run, caveat: label },
      { reference: 'C/1.1', remembered },
    );
    return made ? [made] : [];
  });
}

export const MEMORY = {
  version: 1,
  alerts: [
    {
      fingerprint: 'abc',
      type: 'service-down',
      source: 'api',
      check: 'api/x',
      severity: 'critical',
      title: 'Service down',
      message: 'no',
      labels: { team: 'a' },
      status: 'firing',
      episode: 1,
      firedAt: NOW - 1_000,
      seenAt: NOW - 500,
      failures: 1,
      passes: 0,
      held: 0,
      told: { at: NOW - 900, severity: 'critical', count: 1, level: 0, channels: ['slack'] },
      references: { slack: 'C/1.1' },
    },
  ],
  history: [
    {
      at: NOW - 1_000,
      event: 'firing',
      fingerprint: 'abc',
      type: 'service-down',
      severity: 'critical',
      source: 'api',
      check: 'api/x',
      title: 'Service down',
      rule: 'new',
      channels: { slack: 'delivered' },
    },
  ],
};

export const BASELINE = {
  version: 1,
  recordedAt: at,
  series: [{ metric: 'http_req_duration', labels: { target: 'api' }, values: [1, 2, 3] }],
  indexes: { orders: ['a_1'] },
};

/** A guard file that uses most of what there is. */
export const GUARD_FILE = `environment: production
targets:
  - api=https://api.example.com/health
  - name: web
    url: https://web.example.com/
    method: POST
    headers: { X-Key: "\${API_KEY}" }
    body: "{}"
    expected-status: [200, "300-302"]
    expect:
      text: ok
      json: { /status: UP, "$.a[*].b": { min: 1 } }
      headers: { content-type: { contains: json } }
    version: { expected: 1.2.3, path: /version }
    redirects: 2
thresholds:
  - "http_req_duration{target:api}: p(95)<200ms"
mongodb:
  collections: [orders, { name: users, min: 1, indexes: [{ email: 1 }] }]
  long-running: 30s
alerts:
  channels: [log]
  labels: { team: shop }
  group-by: [type, "label:team"]
  routes:
    - match: { type: database-down }
      channels: [log]
  escalate: [{ after: 1h, severity: critical }]
  types: { queue-full: { title: Queue full, severity: error, meaning: full, first-step: drain } }
silences:
  - { match: { source: api }, until: "2026-02-01T12:00:00Z", reason: move }
maintenance:
  - { name: night, cron: "0 2 * * *", duration: 1h, time-zone: Europe/Berlin }
rollback:
  batch-size: 100
  overrides: { "22": { risk: critical, reversals: [{ kind: map-values, collection: orders, field: status, map: [{ from: A, to: a }] }] } }
  steps:
    - name: own-step
      effect: takes it back
      risk: low
      reversals:
        - { kind: unset-fields, collection: orders, fields: [a, b.c], where: { x: { $gt: 1 } } }
        - { kind: set-field, collection: orders, field: x, value: { $numberLong: "1" } }
        - { kind: copy-by-reference, references: [{ collection: orders, field: u }], map: { collection: users, from: a, to: b } }
        - { kind: edit-validator, collection: users, rules: [role] }
        - { kind: rename-collection, collection: a, to: b }
        - { kind: drop-indexes, collection: orders, indexes: [a_1] }
`;
