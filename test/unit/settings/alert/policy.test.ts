import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { alertOptions } from '../../../../src/settings/alert/options.ts';
import { Problems } from '../../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../../src/settings/guard-file/read.ts';
import { ALERT_SECTIONS } from '../../../../src/settings/guard-file/sections/alert.ts';
import { ALERT_INPUTS } from '../../../../src/settings/inputs/alert.ts';
import { readInputs } from '../../../../src/settings/inputs/read.ts';
import { problemsOf, refusalsOf, settingsContext } from '../../../support/settings.ts';

const masked: string[] = [];
afterEach(() => {
  masked.length = 0;
});

const OWN = { 'alert-type': 'high-cpu' };
const SLACK = { 'slack-token': 'xoxb-1234567890', 'slack-channel': 'deployments' };
const MAIL = { 'smtp-url': 'smtp://localhost', 'email-from': 'a@b.c', 'email-to': 'a@b.c' };
const ENV = {
  ONCALL_URL: 'https://hooks.slack.com/services/T/B/oncall-secret',
  OPEN_URL: 'http://hooks.slack.com/services/T/B/oncall-secret',
};

/** From the text of a guard file, as a run reads it. */
async function read(yaml: string, inputs: Record<string, string> = OWN) {
  const problems = new Problems();
  const values = readInputs(ALERT_INPUTS, (name) => inputs[name], problems);
  const file = parseGuardFile('guard.yml', yaml, z.strictObject(ALERT_SECTIONS), problems);
  const context = settingsContext({
    problems,
    env: ENV,
    variables: ['ONCALL_URL', 'OPEN_URL', 'NOT_SET'],
    mask: (secrets) => masked.push(...secrets),
    ...(file === undefined ? {} : { locate: file.locate }),
  });
  const options = await alertOptions(values, file?.values ?? {}, context);
  problems.throwIfAny();
  return options;
}

test('routes, escalation, inhibition, silences, maintenance and types become plain data', async () => {
  const options = await read(
    `
alerts:
  failure-threshold: 2
  success-threshold: 3
  group-by: [source, label:team]
  labels: { team: shop }
  fire-on: [warn, fail, error, inconclusive]
  routes:
    - match: { min-severity: critical }
      channels: [slack, email]
      slack-channel: oncall
      email-to: [oncall@example.org]
      repeat-interval: 30m
      continue: true
    - match: { type: 'database-*', labels: { team: [shop, pay] } }
      slack-webhook-url: \${ONCALL_URL}
      channels: [slack]
  escalate:
    - { after: 2h, channels: [email] }
    - { after: 30m, severity: critical }
  inhibit:
    - when: { type: service-down }
      mute: { type: [high-cpu, high-memory] }
      equal: [source]
      within: 10m
  types:
    queue-full: { title: Queue full, severity: error, first-step: Look at the consumers., runbook: https://wiki.example.org/q }
    high-cpu: { severity: critical }
silences:
  - match: { source: legacy }
    until: 2030-01-01T00:00:00+01:00
    reason: it is being taken down
    by: mona
maintenance:
  - { name: Backups, cron: '0 2 * * *', duration: 1h, time-zone: Europe/Berlin, match: { type: database-slow } }
  - { name: Patches, rrule: FREQ=MONTHLY;BYDAY=1SU, start: '2026-01-04T03:00', duration: 3h }
`,
    { 'alert-type': 'queue-full', ...SLACK, ...MAIL },
  );
  expect(options).toMatchObject({
    subject: { type: 'queue-full' },
    channels: ['slack', 'email', 'log'],
    failureThreshold: 2,
    successThreshold: 3,
    groupBy: ['source', 'label:team'],
    labels: { team: 'shop' },
    fireOn: ['warn', 'fail', 'error', 'inconclusive'],
    slack: { kind: 'token', channel: '#deployments', apiUrl: 'https://slack.com/api/' },
    routes: [
      {
        match: { minSeverity: 'critical' },
        channels: ['slack:#oncall', 'email:oncall@example.org'],
        repeatIntervalMs: 1_800_000,
        continue: true,
      },
      { match: { type: ['database-*'], labels: { team: ['shop', 'pay'] } }, continue: false },
    ],
    escalations: [
      { afterMs: 1_800_000, severity: 'critical', channels: [] },
      { afterMs: 7_200_000, channels: ['email'] },
    ],
    silences: [{ match: { source: ['legacy'] }, until: Date.parse('2029-12-31T23:00:00Z'), by: 'mona' }],
    maintenance: [
      { name: 'Backups', durationMs: 3_600_000, timeZone: 'Europe/Berlin', schedule: { kind: 'cron' } },
      { name: 'Patches', timeZone: 'UTC', schedule: { kind: 'rrule', start: '2026-01-04T03:00:00' } },
    ],
  });
  expect(options?.targets['slack:#oncall']).toEqual({ name: 'slack', slackChannel: '#oncall' });
  expect(options?.inhibitions).toHaveLength(2);
  expect(options?.inhibitions[1]).toMatchObject({ equal: ['source'], withinMs: 600_000 });
  expect(options?.types['queue-full']).toMatchObject({
    title: 'Queue full',
    runbook: 'https://wiki.example.org/q',
  });
  expect(options?.types['high-cpu']).toMatchObject({ title: 'High CPU use', severity: 'critical' });
  // The webhook of a route is a secret: masked, and not part of its key.
  expect(masked).toEqual([ENV.ONCALL_URL]);
  expect(JSON.stringify(options?.routes)).not.toContain('oncall-secret');
});

test('what is left out has its default; every kind of condition becomes a list', async () => {
  const options = await read(
    `
alerts:
  inhibit-defaults: false
  routes:
    - match: { check: api/latency, environment: [staging, qa], severity: error }
      repeat-interval: 1h
  inhibit:
    - { when: { type: service-down }, mute: { type: high-cpu } }
  types:
    queue-full: { title: Queue full }
maintenance:
  - { name: Patches, rrule: FREQ=DAILY, start: '2026-01-04T03:00:30', duration: 3h }
`,
    { 'alert-type': 'queue-full', title: 'x', ...SLACK },
  );
  expect(options?.routes).toEqual([
    {
      match: { check: ['api/latency'], environment: ['staging', 'qa'], severity: ['error'] },
      // The usual ones.
      channels: ['slack', 'log'],
      continue: false,
      repeatIntervalMs: 3_600_000,
    },
  ]);
  // The one of the file alone: those that come with the guard are switched off.
  expect(options?.inhibitions).toEqual([
    { when: { type: ['service-down'] }, mute: { type: ['high-cpu'] }, equal: [], withinMs: 3_600_000 },
  ]);
  expect(options?.types['queue-full']).toMatchObject({ title: 'Queue full', severity: 'error' });
  expect(options?.maintenance[0]?.schedule).toMatchObject({ start: '2026-01-04T03:00:30' });
});

describe('bad entries are refused with line and column', () => {
  test.each<[string, string]>([
    ['alerts:\n  routes:\n    - match: {}\n', '3:7 custom'],
    ['alerts:\n  routes:\n    - match: { typ: x }\n', '3:16 unknown-key'],
    [
      'alerts:\n  routes:\n    - match: { type: x }\n      channels: [log]\n      email-to: [a@b.c]\n',
      '5:7 unused-in-route',
    ],
    ['alerts:\n  escalate:\n    - after: 5m\n', '3:7 custom'],
    ['alerts:\n  escalate:\n    - { after: 5, severity: critical }\n', '3:9 invalid-type'],
    ['alerts:\n  group-by: [colour]\n', '2:14 invalid-value'],
    ['silences:\n  - match: { type: x }\n    until: tomorrow\n    reason: y\n', '3:5 not-a-moment'],
    [
      'silences:\n  - match: { type: x }\n    until: 2030-01-01T00:00:00\n    reason: y\n',
      '3:5 not-a-moment',
    ],
    ['silences:\n  - match: { type: x }\n    until: 2030-01-01T00:00:00Z\n', '2:5 missing'],
    [
      'silences:\n  - match: { type: x }\n    from: 2031-01-01T00:00:00Z\n    until: 2030-01-01T00:00:00Z\n    reason: y\n',
      '3:5 silence-order',
    ],
    ["maintenance:\n  - { name: a, cron: '61 * * * *', duration: 1h }\n", '2:16 not-a-schedule'],
    [
      'alerts:\n  routes:\n    - match: { type: x }\n      channels: [log, slack]\n      slack-channel: oncall\n',
      '5:7 needs-slack-token',
    ],
    [
      "maintenance:\n  - { name: a, cron: '0 2 * * *', start: '2026-01-01T00:00', duration: 1h }\n",
      '2:35 start-without-rrule',
    ],
    ['maintenance:\n  - { name: a, duration: 1h }\n', '2:7 maintenance-schedule'],
    ['maintenance:\n  - { name: a, rrule: FREQ=DAILY, duration: 1h }\n', '2:16 rrule-without-start'],
    [
      "maintenance:\n  - { name: a, rrule: FREQ=SECONDLY, start: '2026-01-01T00:00', duration: 1h }\n",
      '2:16 rrule-part',
    ],
    [
      "maintenance:\n  - { name: a, cron: '0 2 * * *', duration: 1h, time-zone: Mars/Phobos }\n",
      '2:49 custom',
    ],
    ["maintenance:\n  - { name: a, cron: '0 2 * * *', duration: 1000h }\n", '2:35 out-of-range'],
    ['alerts:\n  types:\n    x: { runbook: ftp://a }\n', '3:10 not-a-url'],
    ['alerts:\n  types:\n    Queue_Full: { title: x }\n', '3:5 invalid-key'],
  ])('%j', async (yaml, refusal) => expect(await refusalsOf(read(yaml))).toContain(`guard.yml:${refusal}`));

  test('a channel of a route that is not configured', async () => {
    const yaml = 'alerts:\n  routes:\n    - match: { type: x }\n      channels: [slack]\n';
    expect(await refusalsOf(read(yaml))).toEqual(['channels channel-not-configured']);
  });

  const webhook = (variable: string) =>
    `alerts:\n  routes:\n    - match: { type: x }\n      channels: [slack]\n      slack-webhook-url: \${${variable}}\n`;

  test('a variable that is not set', async () => {
    const refusals = await refusalsOf(read(webhook('NOT_SET'), { ...OWN, ...SLACK }));
    expect(refusals).toEqual(['guard.yml:5:7 variable-not-set']);
  });

  test('a webhook of a route that is not encrypted, without showing it', async () => {
    const problems = await problemsOf(read(webhook('OPEN_URL'), { ...OWN, ...SLACK }));
    expect(problems).toMatchObject([{ where: 'guard.yml:5:7', code: 'not-an-https-url' }]);
    expect(JSON.stringify(problems)).not.toContain('oncall-secret');
  });

  test.each<[Record<string, string>, string]>([
    [{ ...SLACK, 'slack-webhook-url': 'https://hooks.slack.com/services/T/B/x' }, 'slack-token given-twice'],
    [{ 'slack-token': 'xoxb-1234567890' }, 'slack-channel required'],
    [{ 'slack-token': 'xoxp-user-token' }, 'slack-token not-a-slack-token'],
    [{ 'slack-channel': '#x' }, 'slack-channel needs-slack-token'],
    [{ ...SLACK, 'slack-channel': 'Two Words' }, 'slack-channel not-a-slack-channel'],
    [{ 'webhook-secret': 'x' }, 'webhook-secret needs-webhook-url'],
    [{ 'webhook-url': 'ftp://x' }, 'webhook-url not-a-url'],
    [
      { ...MAIL, 'smtp-url': 'smtps://u@h?oauth2-acess-token=topsecret' },
      'smtp-url smtp-oauth2-unknown-option',
    ],
    [{ ...MAIL, 'smtp-url': 'smtps://u@h?oauth2-client-id=topsecret' }, 'smtp-url smtp-oauth2-incomplete'],
    [{ ...MAIL, 'smtp-url': 'smtps://h?oauth2-access-token=topsecret' }, 'smtp-url smtp-oauth2-user'],
  ])('%j', async (inputs, refusal) => {
    const problems = await problemsOf(read('alerts: {}\n', { ...OWN, ...inputs }));
    expect(problems.map(({ where, code }) => `${where} ${code}`)).toContain(refusal);
    expect(JSON.stringify(problems)).not.toMatch(/topsecret|xoxp-user/);
  });
});

test('OAuth2 in smtp-url; its parts are masked', async () => {
  const url =
    'smtps://guard%40example.org@smtp.example.org?oauth2-client-id=id-1&oauth2-client-secret=sec%2Fret&oauth2-refresh-token=ref-1';
  const options = await read('alerts: {}\n', { ...OWN, ...MAIL, 'smtp-url': url });
  expect(options?.email?.server).toEqual({
    host: 'smtp.example.org',
    port: 465,
    tls: 'implicit',
    auth: {
      kind: 'oauth2',
      user: 'guard@example.org',
      clientId: 'id-1',
      clientSecret: 'sec/ret',
      refreshToken: 'ref-1',
    },
  });
  expect(ALERT_INPUTS['smtp-url'].secretParts(url)).toEqual(expect.arrayContaining(['sec/ret', 'ref-1']));
});
