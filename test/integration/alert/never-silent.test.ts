import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { type StateStore, StateUnavailableError } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { Redactor } from '../../../src/support/redact.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { check, OWN, options, ports, reportOf, TIMING } from './world.ts';

let slack: SlackServer;
let folder: string;
beforeEach(async () => {
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-silent-'));
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

const path = () => join(folder, 'state.json');
const file = () => openStore({ kind: 'file', path: path() }, { clock: systemClock, random: Math.random });
const bySlack = (over: Partial<AlertOptions> = {}) =>
  options({ channels: ['slack', 'log'], slack: { kind: 'webhook', url: slack.webhookUrl }, ...over });
const later = (ms: number) => ({ ...systemClock, now: () => Date.now() + ms });

describe('a state that cannot be trusted: notified, and said so', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"format":"deploy-guard.state/v1","areas":{"alert_history":{"produ'],
    [
      'of strange content',
      '{"format":"deploy-guard.state/v1","areas":{"alert_history":{"production":{"version":1,"alerts":[7],"history":"x"}}}}',
    ],
    [
      'not a memory at all',
      '{"format":"deploy-guard.state/v1","areas":{"alert_history":{"production":"hello"}}}',
    ],
  ])('a file that is %s', async (_name, text) => {
    await writeFile(path(), text);
    const first = await alert(bySlack(), ports({ state: file() }));
    expect(first).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
    expect(first.notices?.join('\n')).toMatch(/damaged/);
    expect((await alert(bySlack(), ports({ state: file() }))).alerts[0]).toMatchObject({
      status: 'suppressed',
    });
    expect(slack.messages).toHaveLength(1);
  });

  test.each([
    ['the file', '{"format":"deploy-guard.state/v9","things":1}'],
    [
      'the memory',
      '{"format":"deploy-guard.state/v1","areas":{"alert_history":{"production":{"version":9}}}}',
    ],
  ])('%s is of a newer version: notified each time, and left alone', async (_name, text) => {
    await writeFile(path(), text);
    for (const _ of [1, 2]) {
      const result = await alert(bySlack(), ports({ state: file() }));
      expect(result.alerts[0]).toMatchObject({ status: 'sent', decision: 'state-unavailable' });
      expect(result.notices?.join('\n')).toMatch(/another version|newer version/);
    }
    expect(slack.messages).toHaveLength(2);
    expect(await readFile(path(), 'utf8')).toBe(text);
  });

  test('a disk that can be read but not written: what is known still holds', async () => {
    await alert(bySlack(), ports({ state: file() }));
    const known = file();
    const readOnly: StateStore = {
      kind: 'file',
      description: 'the file s.json',
      read: (area, key) => known.read(area, key),
      async update(area, key, change) {
        const { next, result } = change(await known.read(area, key));
        if (next === undefined) return result;
        throw new StateUnavailableError('the file s.json: EROFS: read-only file system');
      },
      close: () => known.close(),
    };
    const other = { ...OWN, source: 'web' };
    const result = await alert(bySlack({ subject: other }), ports({ state: readOnly }));
    expect(result.alerts[0]).toMatchObject({ status: 'sent', decision: 'state-unavailable' });
    expect(result.notices?.join('\n')).toMatch(/EROFS/);
    expect(slack.messages).toHaveLength(2);
  });

  test('a state that is lost between sending and writing down: the run says so and does not fail', async () => {
    const real = file();
    let updates = 0;
    const flaky: StateStore = {
      kind: 'file',
      description: 'the file s.json',
      read: (area, key) => real.read(area, key),
      update(area, key, change) {
        if (++updates > 1) return Promise.reject(new StateUnavailableError('the file s.json: EIO'));
        return real.update(area, key, change);
      },
      close: () => real.close(),
    };
    const result = await alert(bySlack(), ports({ state: flaky }));
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
    expect(result.notices?.join('\n')).toMatch(/could not be recorded .*EIO/);
  });

  test('a clock that went back by a day', async () => {
    await alert(bySlack(), ports({ state: file() }));
    const result = await alert(bySlack(), ports({ state: file(), clock: later(-86_400_000) }));
    expect(result.alerts[0]).toMatchObject({ status: 'sent', decision: 'clock-went-back' });
    const next = await alert(bySlack(), ports({ state: file(), clock: later(-86_390_000) }));
    expect(next.alerts[0]).toMatchObject({ status: 'suppressed' });
  });
});

test('what a cause explains speaks for itself where the cause reached nobody', async () => {
  const checks = [
    check({ id: 'db', kind: 'mongodb', target: 'mongodb', metric: 'mongodb_up', observed: 0, unit: '' }),
    check({ id: 'slow' }),
  ];
  // The database's route is broken; the usual channel is not.
  const routes: AlertOptions['routes'] = [
    { match: { type: ['database-down'] }, channels: ['slack:dba'], continue: false },
  ];
  const targets = { 'slack:dba': { name: 'slack', slackWebhookUrl: `${slack.webhookUrl}wrong` } } as const;
  const result = await alert(
    bySlack({ subject: reportOf(checks), routes, targets }),
    ports({ state: file() }),
  );
  expect(result.failed).toBe(true);
  expect(Object.fromEntries(result.alerts.map(({ type, status }) => [type, status]))).toEqual({
    'database-down': 'failed',
    'slow-responses': 'sent',
  });
  expect(slack.messages).toHaveLength(1);

  slack.messages.length = 0;
  const fine = await alert(bySlack({ subject: reportOf(checks) }), ports());
  expect(fine.alerts.map(({ status }) => status).sort()).toEqual(['inhibited', 'sent']);
});

test('one channel that fails does not stop the others, and is undelivered alone', async () => {
  const broken = { 'slack:b': { name: 'slack', slackWebhookUrl: `${slack.webhookUrl}wrong` } } as const;
  const both = { channels: ['slack', 'slack:b'] };
  const first = await alert(bySlack({ ...both, targets: broken }), ports({ state: file() }));
  expect(first).toMatchObject({ failed: true, alerts: [{ status: 'sent' }] });
  expect(first.alerts[0]?.channels.map(({ status }) => status)).toEqual(['delivered', 'failed']);
  const mended = { 'slack:b': { name: 'slack', slackWebhookUrl: slack.webhookUrl } } as const;
  const second = await alert(bySlack({ ...both, targets: mended }), ports({ state: file() }));
  expect(second).toMatchObject({ failed: false, alerts: [{ status: 'sent', decision: 'undelivered' }] });
  expect(slack.messages).toHaveLength(2);
});

/** A run in a process of its own, to be killed. */
function startRun(source: string): ChildProcess {
  const at = (module: string) => JSON.stringify(new URL(module, import.meta.url).href);
  const program = `
    import { alert } from ${at('../../../src/alert/alert.ts')};
    import { openStore } from ${at('../../../src/state/open-store.ts')};
    import { systemClock } from ${at('../../../src/support/clock.ts')};
    import { OWN, options, ports, TIMING } from ${at('./world.ts')};
    const state = openStore({ kind: 'file', path: ${JSON.stringify(path())} }, { clock: systemClock, random: Math.random });
    const timing = { ...TIMING, attemptMs: 60000, deliveryMs: 60000, claimMs: 700 };
    const slack = { kind: 'webhook', url: ${JSON.stringify(slack.webhookUrl)} };
    console.log('ready');
    await alert(options({ subject: { ...OWN, source: ${JSON.stringify(source)} }, channels: ['slack'], slack, timing }), ports({ state }));
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = child.exitCode !== null ? undefined : new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

test('a run that is killed while it sends loses nothing', async () => {
  slack.answerNext({ hang: true });
  const child = startRun('api');
  while (slack.requests.length === 0 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await killed(child);
  expect(slack.messages).toHaveLength(0);
  const result = await alert(bySlack({ timing: { ...TIMING, claimMs: 700 } }), ports({ state: file() }));
  expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent', decision: 'sender-died' }] });
  expect(slack.messages).toHaveLength(1);
});

test('a run that is killed at any moment loses nothing, and is notified twice at most', async () => {
  for (const [index, delayMs] of [0, 2, 4, 7, 10, 15, 25, 50].entries()) {
    const source = `service-${index}`;
    slack.answerNext({ delayMs: 8 });
    const child = startRun(source);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await killed(child);
    const subject = { ...OWN, source };
    const result = await alert(
      bySlack({ subject, timing: { ...TIMING, claimMs: 700 } }),
      ports({ state: file() }),
    );
    expect(result.failed).toBe(false);
    const notified = slack.messages.filter(({ payload }) => String(payload.text).includes(`/${source} `));
    expect(notified.length, `killed after ${delayMs} ms`).toBeGreaterThanOrEqual(1);
    expect(notified.length, `killed after ${delayMs} ms`).toBeLessThanOrEqual(2);
  }
});

test('no secret leaves the run in a message', async () => {
  const redactor = new Redactor(['hunter2-hunter2']);
  const subject = reportOf([
    check({ reason: 'refused by mongodb://app:hunter2-hunter2@db/x', hint: 'use hunter2-hunter2' }),
  ]);
  const kept = ports({ redact: (text) => redactor.redact(text) });
  const result = await alert(bySlack({ subject, labels: { note: 'hunter2-hunter2' } }), kept);
  for (const text of [JSON.stringify(slack.messages), JSON.stringify(result), kept.log.lines.join()]) {
    expect(text).not.toContain('hunter2');
  }
  expect(JSON.stringify(slack.messages)).toMatch(/mongodb:\/\/\*\*\*@\S?db\/x/);
});
