import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import { incomingOf } from '../../../src/alert/catalogue/from-report.ts';
import { NotificationLog } from '../../../src/alert/log/notification-log.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import { openStore } from '../../../src/state/open-store.ts';
import type { StateStore } from '../../../src/state/store.ts';
import { type Clock, systemClock } from '../../../src/support/clock.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { check, OWN, options, ports, reportOf, TIMING } from './world.ts';

let slack: SlackServer;
let client: MongoClient;
let folder: string;
let database: string;

beforeAll(() => {
  client = new MongoClient(inject('mongoUri'));
});
afterAll(() => client.close());
beforeEach(async () => {
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-alert-'));
  database = freshDatabaseName('alert');
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
  await client.db(database).dropDatabase();
});

const store = (kind: string): StateStore => {
  const stateOptions = { clock: systemClock, random: Math.random };
  return kind === 'file'
    ? openStore({ kind, path: join(folder, 'state.json') }, stateOptions)
    : openStore({ kind: 'mongodb', db: client.db(database) }, stateOptions);
};

const bySlack = (over: Parameters<typeof options>[0] = {}) =>
  options({ channels: ['slack', 'log'], slack: { kind: 'webhook', url: slack.webhookUrl }, ...over });

/** The system clock, some time from now. */
const later = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms });

describe.each(['file', 'mongodb'])('with %s state', (kind) => {
  test('an alert is notified once, again after the interval, then as resolved', async () => {
    const first = await alert(bySlack(), ports({ state: store(kind) }));
    expect(first).toMatchObject({
      failed: false,
      alerts: [{ status: 'sent', decision: 'first-notification' }],
    });
    const second = await alert(bySlack(), ports({ state: store(kind) }));
    expect(second.alerts[0]).toMatchObject({ status: 'suppressed', decision: 'within-repeat-interval' });
    expect(slack.messages).toHaveLength(1);

    const third = await alert(bySlack(), ports({ state: store(kind), clock: later(4 * 3_600_000) }));
    expect(third.alerts[0]).toMatchObject({ status: 'sent', decision: 'repeat-interval-elapsed' });
    const over = await alert(
      bySlack({ subject: { ...OWN, resolve: true } }),
      ports({ state: store(kind), clock: later(5 * 3_600_000) }),
    );
    expect(over.alerts[0]).toMatchObject({ status: 'resolved' });
    const again = await alert(bySlack({ subject: { ...OWN, resolve: true } }), ports({ state: store(kind) }));
    expect(again.alerts[0]).toMatchObject({ status: 'none', decision: 'not-firing' });
    expect(slack.messages.map(({ payload }) => String(payload.text).split(' ')[0])).toEqual([
      '[FIRING:1]',
      '[FIRING:1]',
      '[RESOLVED]',
    ]);
    expect(slack.refusals).toEqual([]);
  });

  test('many runs at once send each alert once', async () => {
    const checks = ['a', 'b', 'c'].map((id) => check({ id }));
    const results = await Promise.all(
      Array.from({ length: 25 }, () =>
        alert(bySlack({ subject: reportOf(checks) }), ports({ state: store(kind) })),
      ),
    );
    expect(slack.messages).toHaveLength(1);
    const statuses = results.flatMap(({ alerts }) => alerts.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'sent')).toHaveLength(3);
    expect(statuses.filter((status) => status === 'suppressed')).toHaveLength(24 * 3);
    expect(results.every(({ failed }) => !failed)).toBe(true);
  });

  test('a run that died between claiming and sending loses nothing: a waiting run sends', async () => {
    const rules = {
      ...options({ channels: ['slack', 'log'] }),
      claimMs: 700,
      allChannels: ['slack', 'log'],
      quiet: [],
    };
    const identity = { environment: 'production', claimId: randomUUID(), holder: 'the dead run' };
    await new NotificationLog(store(kind), 'production').claim((memory) =>
      decide(memory, incomingOf(options(), 'production', 'acme/shop'), rules, {
        ...identity,
        now: systemClock.now(),
      }),
    );
    const timing = { ...TIMING, claimMs: 700, pollMs: 30 };
    const results = await Promise.all(
      [1, 2, 3].map(() => alert(bySlack({ timing }), ports({ state: store(kind) }))),
    );
    expect(slack.messages).toHaveLength(1);
    const notified = results.flatMap(({ alerts }) => alerts).find(({ status }) => status === 'sent');
    expect(notified).toMatchObject({ decision: 'sender-died' });
    expect(notified?.reason).toContain('the dead run');
  });

  test('a run that died with a clock minutes ahead is waited for as long as a claim lasts, and no longer', async () => {
    const claimMs = 400;
    const rules = {
      ...options({ channels: ['slack', 'log'] }),
      claimMs,
      allChannels: ['slack', 'log'],
      quiet: [],
    };
    const identity = { environment: 'production', claimId: randomUUID(), holder: 'the dead run' };
    await new NotificationLog(store(kind), 'production').claim((memory) =>
      decide(memory, incomingOf(options(), 'production', 'acme/shop'), rules, {
        ...identity,
        now: later(4 * 60_000).now(),
      }),
    );
    const started = performance.now();
    const result = await alert(
      bySlack({ timing: { ...TIMING, claimMs, pollMs: 30 } }),
      ports({ state: store(kind) }),
    );
    expect(result.alerts[0]).toMatchObject({ status: 'sent', decision: 'sender-died' });
    expect(slack.messages).toHaveLength(1);
    expect(performance.now() - started).toBeGreaterThanOrEqual(claimMs);
    expect(performance.now() - started).toBeLessThan(20 * claimMs);
  });
});

test('200 runs at once on one state send each alert once', { timeout: 120_000 }, async () => {
  const results = await Promise.all(
    Array.from({ length: 200 }, () =>
      alert(bySlack({ timing: { ...TIMING, claimMs: 60_000 } }), ports({ state: store('mongodb') })),
    ),
  );
  expect(slack.messages).toHaveLength(1);
  const statuses = results.map(({ alerts }) => alerts[0]?.status);
  expect(statuses.filter((status) => status === 'sent')).toHaveLength(1);
  expect(statuses.filter((status) => status === 'suppressed')).toHaveLength(199);
});

describe('state that cannot be used', () => {
  test('unreachable: sends anyway and says that it could not deduplicate', async () => {
    const lost = new MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 200 });
    try {
      const state = openStore(
        { kind: 'mongodb', db: lost.db('x') },
        { clock: systemClock, random: Math.random },
      );
      const result = await alert(bySlack(), ports({ state }));
      expect(result).toMatchObject({
        failed: false,
        alerts: [{ status: 'sent', decision: 'state-unavailable' }],
      });
      expect(result.notices?.join('\n')).toMatch(/without knowing earlier notifications/);
      expect(JSON.stringify(slack.messages[0]?.payload)).toContain('may be a duplicate');
    } finally {
      await lost.close();
    }
  });

  test('none: sends, and a resolve asked for by hand is notified', async () => {
    expect((await alert(bySlack(), ports())).alerts[0]).toMatchObject({
      status: 'sent',
      decision: 'no-state',
    });
    const over = await alert(bySlack({ subject: { ...OWN, resolve: true } }), ports());
    expect(over.alerts[0]).toMatchObject({ status: 'resolved', decision: 'no-state' });
    expect(slack.messages).toHaveLength(2);
  });
});

describe('a report', () => {
  test('many failed checks are one message; what passes again is resolved, the rest keeps firing', async () => {
    const red = reportOf([check({ id: 'a' }), check({ id: 'b', target: 'web' })]);
    const first = await alert(bySlack({ subject: red }), ports({ state: store('file') }));
    expect(first.alerts).toHaveLength(2);
    const better = reportOf([check({ id: 'a', verdict: 'pass' }), check({ id: 'b', target: 'web' })]);
    const second = await alert(bySlack({ subject: better }), ports({ state: store('file') }));
    expect(second.alerts.map(({ status }) => status).sort()).toEqual(['resolved', 'suppressed']);
    expect(slack.messages.map(({ payload }) => payload.text)).toEqual([
      expect.stringMatching(/^\[FIRING:2\] production\/api, web /),
      expect.stringMatching(/^\[RESOLVED\] production\/api /),
    ]);
  });

  test('a green one with nothing firing tells nothing and says so', async () => {
    const green = reportOf([check({ verdict: 'pass' })]);
    const result = await alert(bySlack({ subject: green }), ports({ state: store('file') }));
    expect(result).toMatchObject({ failed: false, alerts: [], verdict: 'pass' });
    expect(result.notices).toContainEqual(expect.stringMatching(/no check failed/));
    expect(slack.messages).toHaveLength(0);
  });
});

test('a dry run renders the exact message, sends nothing and writes nothing', async () => {
  const state = store('file');
  const kept = ports({ state, dryRun: true });
  const result = await alert(bySlack(), kept);
  expect(slack.requests).toHaveLength(0);
  expect(await state.read('alert_history', 'production')).toBeUndefined();
  const delivery = result.alerts[0]?.channels.find(({ name }) => name === 'slack');
  expect(delivery).toMatchObject({ status: 'rendered' });
  expect(result.alerts[0]).toMatchObject({ status: 'none' });
  expect(result.alerts[0]?.reason).toMatch(/^Dry run/);

  await alert(bySlack(), ports({ state }));
  expect(JSON.parse(delivery?.preview ?? '')).toEqual(slack.messages[0]?.payload);
});

describe('delivery', () => {
  test('a channel that fails fails the step, unless notified otherwise, and is undelivered', async () => {
    const state = store('file');
    const bad: Partial<AlertOptions> = {
      channels: ['slack', 'log'],
      slack: { kind: 'webhook', url: `${slack.webhookUrl}x` },
    };
    const result = await alert(options(bad), ports({ state }));
    expect(result).toMatchObject({ failed: true, verdict: 'fail', alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(/slack: Slack answered 403 "invalid_token"/);
    const next = await alert(bySlack(), ports({ state }));
    expect(next.alerts[0]).toMatchObject({ status: 'sent' });
    expect(slack.messages).toHaveLength(1);

    const forgiving = await alert(options({ ...bad, failOnDeliveryError: false }), ports());
    expect(forgiving).toMatchObject({ failed: false, verdict: 'warn' });
  });

  test('without any channel it fails, and the log has the alert', async () => {
    const kept = ports();
    const result = await alert(options({ channelsGiven: false }), kept);
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'none' }] });
    expect(kept.log.lines.some((line) => line.startsWith('error [FIRING:1] production/api'))).toBe(true);
  });
});
