import { randomUUID } from 'node:crypto';
import type { Delivery, ModeResult } from '../report/schema.ts';
import type { StateStore } from '../state/store.ts';
import type { Clock } from '../support/clock.ts';
import { ConfigurationError, messageOf } from '../support/errors.ts';
import type { Log } from '../support/log.ts';
import { input, text } from '../support/problem.ts';
import type { RunContext } from '../support/run-context.ts';
import { incomingOf } from './catalogue/from-report.ts';
import type { Channel } from './channels/common/channel.ts';
import type { IssuePort } from './channels/github-issue/github-issue.ts';
import { channelKeys } from './channels/keys.ts';
import { withoutCommands } from './channels/log/log.ts';
import { openChannels } from './channels/open.ts';
import { redactedTexts } from './channels/redacted-options.ts';
import type { Memory, RunStamp } from './log/memory.ts';
import type { Blindness } from './log/notification-log.ts';
import { NotificationLog } from './log/notification-log.ts';
import { answers, type Incoming } from './model/alert.ts';
import type { AlertOptions } from './model/options.ts';
import { count } from './model/text.ts';
import { decide } from './policy/decide.ts';
import type { Decision, Outcome, PolicyRun } from './policy/decision.ts';
import { noteProgress, recordOutcome, type Sending } from './policy/record-outcome.ts';
import type { PolicyRules } from './policy/rules.ts';
import { type Quiet, quietAt } from './policy/silences.ts';
import { problemsOf, reported, statusOf } from './result.ts';
import { messagesOf, sendAll } from './send.ts';

export interface AlertPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  redact(text: string): string;
  readonly environment: string;
  readonly dryRun: boolean;
  readonly state: StateStore;
  readonly run: RunContext;
  /** For the channel `github-issue`. */
  readonly issues?: IssuePort;
  random(): number;
}

/**
 * Notifies once: of a custom alert, or of what a report says. Decides over each alert by the notification log of
 * earlier runs, sends what is to be sent, and records the outcome.
 * A channel that fails never stops the others; it fails the step unless the options say otherwise.
 */
export async function alert(options: AlertOptions, ports: AlertPorts): Promise<ModeResult> {
  if (!ports.issues && channelKeys(options).includes('github-issue')) {
    throw new ConfigurationError({
      code: 'no-issue-tracker',
      where: 'channels',
      message: 'names `github-issue`, but there is no token or repository to open issues with',
      hint: text`Give ${input('github-token')}, and run on GitHub or set GITHUB_REPOSITORY.`,
    });
  }
  const quiet = await quietAt(options.silences, options.maintenance, ports.clock.now());
  const run = new AlertRun(options, ports, quiet);
  try {
    return await (ports.dryRun ? run.preview() : run.notify());
  } finally {
    await run.close();
  }
}

/** Two runs that die one after the other on the same alert are bad luck; more are not waited for. */
const MOST_CLAIMS_WAITED_FOR = 3;

class AlertRun {
  readonly #options: AlertOptions;
  readonly #ports: AlertPorts;
  readonly #environment: string;
  readonly #incoming: Incoming;
  readonly #channels: readonly Channel[];
  readonly #close: () => Promise<void>;
  readonly #rules: PolicyRules;
  readonly #identity: Pick<PolicyRun, 'environment' | 'claimId' | 'holder'>;
  readonly #notifications: NotificationLog;
  readonly #notices: string[] = [];

  constructor(options: AlertOptions, given: AlertPorts, quiet: readonly Quiet[]) {
    this.#options = options;
    const ports = { ...given, log: withoutCommands(given.log) };
    this.#ports = ports;
    const { subject } = options;
    // A run that could not read its own settings reports an unknown environment.
    const notified = subject.kind === 'report' ? subject.report.environment : ports.environment;
    this.#environment = notified === 'unknown' ? ports.environment : notified;
    if (this.#environment !== ports.environment) {
      this.#notices.push(
        `The report is of the environment ${this.#environment}, so its alerts are too; the input says ${ports.environment}.`,
      );
    }
    const source = ports.run.repository ?? 'deploy-guard';
    this.#incoming = incomingOf(redactedTexts(options, ports.redact), this.#environment, source);
    const { channels, close } = openChannels(options, ports);
    this.#channels = channels;
    this.#close = close;
    this.#rules = {
      ...options,
      claimMs: options.timing.claimMs,
      allChannels: channels.map(({ key }) => key),
      quiet,
    };
    this.#identity = { environment: this.#environment, claimId: randomUUID(), holder: holderOf(ports.run) };
    this.#notifications = new NotificationLog(ports.state, this.#environment);
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Dry run: the exact messages, and nothing sent or written. */
  async preview(): Promise<ModeResult> {
    const { log, redact } = this.#ports;
    const outcome = await this.#notifications.peek((memory, blind) =>
      this.#decide(memory, blind, this.#incoming, this.#rules),
    );
    const rendered = outcome.decisions.map((decision) => ({
      decision,
      deliveries: new Map<string, Delivery>(),
    }));
    await log.group('Messages that would be sent', async () => {
      for (const { channel, notification, decisions: own } of this.#messages(outcome)) {
        const { name, key } = channel;
        const preview = redact(channel.preview(notification));
        log.info(preview.replace(/^/gm, `${name} | `));
        for (const { decision, deliveries } of rendered) {
          if (own.includes(decision)) deliveries.set(key, { name, status: 'rendered', preview });
        }
      }
    });
    return this.#result(rendered);
  }

  async notify(): Promise<ModeResult> {
    const done: Sending[] = [];
    let open = this.#incoming;
    let rules = this.#rules;
    const { clock, signal, random, log } = this.#ports;
    const { pollMs, claimMs } = this.#options.timing;
    const deadline = clock.monotonic() + MOST_CLAIMS_WAITED_FOR * claimMs;
    const watchedSince = new Map<string, number>();
    const abandoned = new Set<string>();
    const redelivered = new Set<string>();
    for (;;) {
      const [incoming, applied] = [open, rules];
      const outcome = await this.#notifications.claim((memory, blind) =>
        this.#decide(memory, blind, incoming, applied, { abandoned, redelivered }),
      );
      const sent = await this.#send(outcome);
      const held = outcome.decisions.filter(({ action }) => action === 'hold');
      const waiting = outcome.decisions.filter(({ action }) => action === 'wait');
      const uncovered = held.filter(({ inhibitor }) => inhibitor !== undefined && isLost(inhibitor, sent));
      done.push(...sent, ...held.filter((decision) => !uncovered.includes(decision)).map(unsent));
      // What was delivered late is decided again: its end is still to be sent.
      const late = outcome.decisions.filter(({ again }) => again);
      for (const { alert } of late) redelivered.add(alert.fingerprint);
      const left = [...waiting, ...uncovered, ...late];
      if (left.length === 0) break;
      if (signal.aborted) {
        done.push(...[...waiting, ...uncovered].map(unsent));
        break;
      }
      // By our own clock that never jumps: the sender's may be minutes ahead, or it may have died. A duplicate beats
      // a lost alert.
      const now = clock.monotonic();
      for (const { alert } of waiting) {
        const claim = outcome.memory.alerts.get(alert.fingerprint)?.claim?.id;
        if (claim === undefined) continue;
        const since = watchedSince.get(claim) ?? now;
        watchedSince.set(claim, since);
        if (now - since >= claimMs || now > deadline) abandoned.add(claim);
      }
      open = stillOpen(open, left);
      // Their cause reached no recipient: then they are sent themselves.
      if (uncovered.length > 0) rules = { ...rules, inhibitions: [] };
      if (waiting.length === 0) continue;
      log.debug(`${count(waiting.length, 'alert')} claimed by another run; looking again`);
      await clock.sleep(pollMs * (0.5 + random()), signal).catch(() => {});
    }
    return this.#result(done);
  }

  async #send(outcome: Outcome): Promise<Sending[]> {
    const messages = this.#messages(outcome);
    if (messages.length === 0) return [];
    const { claimId } = this.#identity;
    const sendings = await sendAll(messages, this.#options.timing, this.#ports, (sofar) =>
      this.#notifications.change((memory) => noteProgress(memory, this.#counted(sofar), claimId)),
    );
    const now = this.#ports.clock.now();
    await this.#notifications.change((memory) =>
      recordOutcome(memory, this.#counted(sendings), claimId, now),
    );
    return sendings;
  }

  #decide(
    memory: Memory,
    blind: Blindness | undefined,
    incoming: Incoming,
    rules: PolicyRules,
    seen: Pick<PolicyRun, 'abandoned' | 'redelivered'> = {},
  ): Outcome {
    const { clock, run, state } = this.#ports;
    const stamp = stampOf(run);
    const outcome = decide(memory, incoming, rules, {
      ...this.#identity,
      ...seen,
      now: clock.now(),
      mayBeOutdated: state.kind === 'file',
      ...(stamp === undefined ? {} : { stamp }),
      ...(blind === undefined ? {} : { blind }),
    });
    if (stamp === undefined) return outcome;
    const writer = { ...stamp, environment: this.#environment, job: run.job ?? '' };
    return { ...outcome, memory: { ...outcome.memory, writer } };
  }

  /** No channel is configured and none was asked for: the log of the run alone notifies no recipient. */
  get #noRecipient(): boolean {
    return !this.#options.channelsGiven && this.#channels.every(({ name }) => name === 'log');
  }

  /** What counts as delivered for the next run: without a recipient nothing does. */
  #counted(sendings: readonly Sending[]): readonly Sending[] {
    if (!this.#noRecipient) return sendings;
    return sendings.map(({ decision, deliveries }) => ({
      decision,
      deliveries: new Map([...deliveries].map(([key, one]) => [key, { ...one, status: 'skipped' as const }])),
    }));
  }

  #messages({ decisions, memory }: Outcome) {
    const caveat =
      this.#notifications.blind?.rule === 'state-unavailable'
        ? 'Earlier runs could not be asked: this may be a duplicate.'
        : undefined;
    return messagesOf(decisions, memory, this.#channels, this.#options.groupBy, {
      environment: this.#environment,
      now: this.#ports.clock.now(),
      run: this.#ports.run,
      ...(caveat === undefined ? {} : { caveat }),
    });
  }

  #result(sendings: readonly Sending[]): ModeResult {
    const { log, signal, redact, dryRun } = this.#ports;
    const alerts = this.#counted(sendings).map((sending) => reported(sending, dryRun, this.#noRecipient));
    for (const one of alerts) {
      log.info(
        `${one.status}: ${one.title ?? one.type} [${one.fingerprint}] by ${one.decision}: ${one.reason}`,
      );
    }
    const problems = problemsOf(alerts);
    for (const problem of problems) log.info(`not delivered by ${problem}`);
    const interrupted =
      signal.aborted && alerts.some(({ status }) => status === 'failed' || status === 'suppressed');
    const notices = [...this.#notices, ...this.#notifications.notices].map(redact);
    const lost = !dryRun && this.#noRecipient && sendings.some(({ decision }) => decision.action === 'send');
    for (const notice of notices) log.warning(notice);
    const failed = interrupted || ((problems.length > 0 || lost) && this.#options.failOnDeliveryError);
    const cause = interrupted
      ? messageOf(signal.reason)
      : problems.length > 0
        ? `not delivered by ${problems.join('; ')}`
        : lost
          ? NO_RECIPIENT
          : undefined;
    if (alerts.length === 0) notices.push(this.#incoming.nothing ?? 'Nothing to notify.');
    return {
      verdict: failed ? 'fail' : problems.length > 0 || lost ? 'warn' : 'pass',
      ...(cause === undefined ? {} : { cause }),
      checks: [],
      alerts,
      notices,
      failed,
    };
  }
}

const NO_RECIPIENT =
  'No recipient was notified: no channel is configured (an empty secret counts as not given). Configure a channel, or write `channels: log` if the log of the run is enough.';

function stampOf({ repository, workflow, runNumber, runAttempt }: RunContext): RunStamp | undefined {
  if (runNumber === undefined) return undefined;
  return { workflow: `${repository ?? ''} ${workflow ?? ''}`, number: runNumber, attempt: runAttempt ?? 1 };
}

function unsent(decision: Decision): Sending {
  return { decision, deliveries: new Map() };
}

/** Whether an alert was to be sent in this run and reached no recipient but the log. */
function isLost(fingerprint: string, sent: readonly Sending[]): boolean {
  const sending = sent.find(({ decision }) => decision.alert.fingerprint === fingerprint);
  return (
    sending !== undefined && statusOf(sending.decision, [...sending.deliveries.values()], false) === 'failed'
  );
}

/** What is left of the incoming: the alerts that are not decided yet. */
function stillOpen(incoming: Incoming, waiting: readonly Decision[]): Incoming {
  const fingerprints = new Set(waiting.map(({ alert }) => alert.fingerprint));
  return {
    firing: incoming.firing.filter(({ fingerprint }) => fingerprints.has(fingerprint)),
    resolvedCandidates: incoming.resolvedCandidates.filter((one) =>
      waiting.some(({ alert }) => answers(one, alert)),
    ),
  };
}

function holderOf(run: RunContext): string {
  if (run.repository && run.runId) return `${run.repository} run ${run.runId}`;
  return `${run.actor}@${run.host}`;
}
