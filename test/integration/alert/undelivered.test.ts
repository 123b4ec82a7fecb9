import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';
import { OWN, options, ports, reportOf, TIMING } from './world.ts';

/**
 * A message whose answer was lost may have arrived. What is undelivered of it is sent again under the mark of the first try
 * (Message-ID, Idempotency-Key), so that a receiver shows it once; and under no mark that it knows from another
 * message, or it would drop what it never had.
 */
const REPEAT_MS = 4 * 3_600_000;

let folder: string;
let slack: SlackServer;
let hook: HttpTarget;
let mail: SmtpSink;
const mailOptions: SmtpSinkOptions = {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-undelivered-'));
  mailOptions.afterData = 'accept';
  [slack, hook, mail] = [await startSlackServer(), await startHttpTarget(), await startSmtpSink(mailOptions)];
});
afterEach(async () => {
  await Promise.all([slack.close(), hook.close(), mail.close()]);
  await rm(folder, { recursive: true, force: true });
});

interface Receiver {
  /** From now on it takes messages in, but its answer is lost; or it answers again. */
  lose(lost: boolean): void;
  /** The marks of what it took in, in order. */
  marks(): string[];
}

const receivers: Record<'email' | 'webhook', () => Receiver> = {
  email: () => ({
    lose: (lost) => {
      mailOptions.afterData = lost ? 'keep-and-close' : 'accept';
    },
    marks: () => mail.messages.map(({ parsed }) => parsed.messageId ?? ''),
  }),
  webhook: () => ({
    lose: (lost) => {
      hook.behaviour.fault = lost ? 'drop' : 'none';
    },
    marks: () => hook.requests.map(({ headers }) => String(headers['idempotency-key'])),
  }),
};

/** One run of the action some time from now, on the state of the runs before it. */
function run(channels: readonly string[], afterMs: number, over: Partial<AlertOptions> = {}) {
  const clock = { ...systemClock, now: () => Date.now() + afterMs };
  const state = openStore(
    { kind: 'file', path: join(folder, 'state.json') },
    { clock: systemClock, random: Math.random },
  );
  const given = options({
    channels: [...channels],
    repeatIntervalMs: REPEAT_MS,
    timing: { ...TIMING, deliveryMs: 700, attemptMs: 400 },
    slack: { kind: 'webhook', url: slack.webhookUrl },
    webhook: { url: hook.url },
    email: {
      server: { host: 'localhost', port: mail.port, tls: 'offered' },
      from: 'guard@example.org',
      to: ['ops@example.org'],
    },
    ...over,
  });
  return alert(given, ports({ state, clock }));
}

/** The report of a rollback that was executed. */
function rolledBack(operationId: string): AlertOptions['subject'] {
  const rollback = { operation: 'apply', operationId, planDigest: 'd', state: 'succeeded' } as const;
  return reportOf([], { mode: 'rollback', verdict: 'pass', rollback: { ...rollback, steps: [] } });
}

const over = { subject: { ...OWN, resolve: true } } as const;

describe.each(['email', 'webhook'] as const)('%s has the message, and its answer was lost', (name) => {
  let receiver: Receiver;
  beforeEach(() => {
    receiver = receivers[name]();
  });
  /** The marks without the repetitions that one run makes. */
  const notified = () => receiver.marks().filter((mark, index, all) => mark !== all[index - 1]);

  test('the first one: the same mark, once another channel had been notified', async () => {
    receiver.lose(true);
    const first = await run(['slack', name], 0);
    expect(first.alerts[0]?.channels.map(({ status }) => status)).toEqual(['delivered', 'failed']);
    receiver.lose(false);
    const tries = receiver.marks().length;
    const second = await run(['slack', name], 1_000);
    expect(second).toMatchObject({ failed: false, alerts: [{ decision: 'undelivered' }] });
    expect(receiver.marks()).toHaveLength(tries + 1);
    expect(new Set(receiver.marks()).size).toBe(1);
    expect(slack.messages).toHaveLength(1);
  });

  test('a repetition that reached nobody: the same mark, and not that of the message before', async () => {
    await run([name], 0);
    receiver.lose(true);
    expect((await run([name], REPEAT_MS)).alerts[0]).toMatchObject({ status: 'failed' });
    receiver.lose(false);
    const second = await run([name], REPEAT_MS + 1_000);
    expect(second).toMatchObject({ failed: false, alerts: [{ decision: 'undelivered' }] });
    expect(notified()).toHaveLength(2);
    expect(new Set(notified()).size).toBe(2);
  });

  test('lost twice: still the same mark; the repetition after it has its own', async () => {
    receiver.lose(true);
    await run(['slack', name], 0);
    await run(['slack', name], 1_000);
    receiver.lose(false);
    await run(['slack', name], 2_000);
    expect(notified()).toHaveLength(1);
    const later = await run(['slack', name], 2_000 + REPEAT_MS);
    expect(later.alerts[0]).toMatchObject({ status: 'sent', decision: 'repeat-interval-elapsed' });
    expect(new Set(notified()).size).toBe(2);
    expect(notified()).toHaveLength(2);
  });

  test('the one that it is over: the same mark, whoever had been notified before', async () => {
    await run(['slack', name], 0);
    receiver.lose(true);
    await run(['slack', name], 1_000, over);
    receiver.lose(false);
    const second = await run(['slack', name], 2_000, over);
    expect(second).toMatchObject({ failed: false, alerts: [{ decision: 'undelivered' }] });
    expect(notified()).toHaveLength(2);
    expect(new Set(notified()).size).toBe(2);
  });

  test('a rollback, which is notified once: sent to whom it is undelivered, and to nobody after that', async () => {
    const subject = rolledBack('op-1');
    receiver.lose(true);
    const first = await run(['slack', name], 0, { subject });
    expect(first).toMatchObject({ failed: true, alerts: [{ decision: 'first-notification' }] });
    receiver.lose(false);
    const tries = receiver.marks().length;
    const second = await run(['slack', name], 1_000, { subject });
    expect(second).toMatchObject({ failed: false, alerts: [{ status: 'sent', decision: 'undelivered' }] });
    expect(second.alerts[0]?.channels).toMatchObject([{ name, status: 'delivered' }]);
    expect(receiver.marks()).toHaveLength(tries + 1);
    expect(new Set(receiver.marks()).size).toBe(1);
    for (const later of [2_000, 3_000, 2 * REPEAT_MS]) {
      const next = await run(['slack', name], later, { subject });
      expect(next.alerts).toMatchObject([{ status: 'suppressed', decision: 'event-already-notified' }]);
    }
    expect(receiver.marks()).toHaveLength(tries + 1);
    expect(slack.messages).toHaveLength(1);
  });
});
