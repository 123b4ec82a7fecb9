import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import type { StateStore } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { Interrupted } from '../../../src/support/errors.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { check, options, ports, reportOf, TIMING } from './world.ts';

let folder: string;
let slack: SlackServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-waiting-'));
  slack = await startSlackServer();
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

const file = () =>
  openStore({ kind: 'file', path: join(folder, 's.json') }, { clock: systemClock, random: Math.random });

const bySlack = (over: Partial<AlertOptions> = {}) =>
  options({ channels: ['slack'], slack: { kind: 'webhook', url: slack.webhookUrl }, ...over });

describe('another run is sending it and does not come to an end', () => {
  const claimBy = (id: string) =>
    file().update('alert_history', 'production', (stored) => {
      const memory = stored as { alerts: object[] };
      const claim = {
        id,
        holder: 'acme/shop run 7',
        kind: 'firing',
        rule: 'repeat-interval-elapsed',
        at: Date.now(),
        until: Date.now() + TIMING.claimMs,
        channels: ['slack'],
        delivered: [],
        notifiedBefore: 1,
      };
      const alerts = memory.alerts.map((one) => ({ ...one, claim }));
      return { next: { ...memory, alerts }, result: undefined };
    });
  beforeEach(async () => {
    await alert(bySlack(), ports({ state: file() }));
    slack.messages.length = 0;
    await claimBy('other');
  });

  test('a run that is notified to stop meanwhile is no success: nobody knows whether it is notified', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Interrupted('SIGTERM')), 80);
    const result = await alert(bySlack(), ports({ state: file(), signal: stop.signal }));
    expect(result).toMatchObject({
      verdict: 'fail',
      failed: true,
      cause: 'interrupted by SIGTERM',
      alerts: [{ status: 'suppressed', decision: 'claimed-by-another-run' }],
    });
    expect(result.alerts[0]?.reason).toBe('Another run (acme/shop run 7) is sending it.');
    expect(slack.messages).toEqual([]);
  });

  test('one claim after the other: after three of them this run tells it itself', async () => {
    let passed = 0;
    let pauses = 0;
    const clock = {
      ...systemClock,
      monotonic: () => systemClock.monotonic() + passed,
      // As if each pause took five seconds, in every other of which somebody else claims it anew.
      async sleep() {
        passed += 5_000;
        if (++pauses % 2 === 1) await claimBy(`other-${pauses}`);
      },
    };
    const result = await alert(bySlack({ repeatIntervalMs: 1 }), ports({ state: file(), clock }));
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent', decision: 'sender-died' }] });
    expect(slack.messages).toHaveLength(1);
    expect(passed).toBeGreaterThan(3 * TIMING.claimMs);
    expect(passed).toBeLessThan(6 * TIMING.claimMs);
  });
});

describe('a fault of ours is not taken for a state that cannot be had', () => {
  const faulty = (after: number): StateStore => {
    const real = file();
    let updates = 0;
    return {
      kind: 'file',
      description: 'the file s.json',
      read: () => Promise.reject(new RangeError('ours')),
      update: (area, key, change) =>
        ++updates > after ? Promise.reject(new RangeError('ours')) : real.update(area, key, change),
      close: () => real.close(),
    };
  };

  test('before anything is sent', async () => {
    await expect(alert(bySlack(), ports({ state: faulty(0) }))).rejects.toThrow(RangeError);
    await expect(alert(bySlack(), ports({ state: faulty(0), dryRun: true }))).rejects.toThrow(RangeError);
    expect(slack.messages).toEqual([]);
  });

  test('after it was sent', async () => {
    await expect(alert(bySlack(), ports({ state: faulty(1) }))).rejects.toThrow(RangeError);
    expect(slack.messages).toHaveLength(1);
  });
});

describe('the environment of a report', () => {
  test('is the alerts’ own, and the other one is named', async () => {
    const subject = reportOf([check()], { environment: 'staging' });
    const result = await alert(bySlack({ subject }), ports({ state: file() }));
    expect(result.notices?.join('\n')).toContain(
      'The report is of the environment staging, so its alerts are too; the input says production.',
    );
    expect(slack.messages[0]?.payload.text).toContain('staging/api');
    expect(await file().read('alert_history', 'staging')).toBeDefined();
    expect(await file().read('alert_history', 'production')).toBeUndefined();
  });

  test('that is not known is the input’s', async () => {
    // A run that could not read its own settings writes such a report.
    const subject = reportOf([], { environment: 'unknown', verdict: 'error' });
    const result = await alert(bySlack({ subject }), ports({ state: file() }));
    expect(result.notices?.join('\n') ?? '').not.toContain('the input says');
    expect(slack.messages[0]?.payload.text).toContain('production/deployment');
  });
});

test('a dry run shows with each alert the message that tells it, and no other', async () => {
  const subject = reportOf([check({ id: 'a' }), check({ id: 'b', target: 'web' })]);
  const kept = ports({ dryRun: true });
  const result = await alert(bySlack({ subject, groupBy: ['source'] }), kept);
  const previews = result.alerts.map(({ channels }) => channels.map(({ preview }) => preview).join());
  expect(previews[0]).toContain('production/api');
  expect(previews[0]).not.toContain('production/web');
  expect(previews[1]).toContain('production/web');
  expect(previews[1]).not.toContain('production/api');
  expect(slack.requests).toEqual([]);
});
