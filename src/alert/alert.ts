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
import { Ledger } from './log/notification-log.ts';
import type { Sending } from './log/record-outcome.ts';
import { statisticsOf } from './log/statistics.ts';
import { answers, type Incoming } from './model/alert.ts';
import type { AlertOptions } from './model/options.ts';
import { count } from './model/text.ts';
import type { Decision, Outcome } from './policy/decision.ts';
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
 * Tells people once: from an alert of the user's own or from a report. Decides over each alert by the
 * memory of earlier runs, sends what is to be sent, and remembers it.
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
    return await (ports.dryRun ? run.rehearse() : run.tell());
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
  readonly #ledger: Ledger;
  readonly #notices: string[] = [];

  constructor(options: AlertOptions, given: AlertPorts, quiet: readonly Quiet[]) {
    this.#options = options;
    const ports = { ...given, log: withoutCommands(given.log) };
    this.#ports = ports;
    const { subject } = options;
    // A run that could not read its own settings reports an unknown environment.
    const told = subject.kind === 'report' ? subject.report.environment : ports.environment;
    this.#environment = told === 'unknown' ? ports.environment : told;
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
    const identity = { environment: this.#environment, claimId: randomUUID(), holder: holderOf(ports.run) };
    this.#ledger = new Ledger(ports.state, this.#rules, identity, ports.clock);
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Dry run: the exact messages, and nothing sent or written. */
  async rehearse(): Promise<ModeResult> {
    const { log, redact } = this.#ports;
    const outcome = await this.#ledger.look(this.#incoming);
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

  async tell(): Promise<ModeResult> {
    const done: Sending[] = [];
    let open = this.#incoming;
    let rules = this.#rules;
    const { clock, signal, random, log } = this.#ports;
    const { pollMs, claimMs } = this.#options.timing;
    const deadline = clock.monotonic() + MOST_CLAIMS_WAITED_FOR * claimMs;
    const watchedSince = new Map<string, number>();
    const abandoned = new Set<string>();
    for (;;) {
      const outcome = await this.#ledger.claim(open, rules, abandoned);
      const sent = await this.#send(outcome);
      const held = outcome.decisions.filter(({ action }) => action === 'hold');
      const waiting = outcome.decisions.filter(({ action }) => action === 'wait');
      const uncovered = held.filter(({ inhibitor }) => inhibitor !== undefined && isLost(inhibitor, sent));
      done.push(...sent, ...held.filter((decision) => !uncovered.includes(decision)).map(unsent));
      const left = [...waiting, ...uncovered];
      if (left.length === 0) break;
      if (signal.aborted) {
        done.push(...left.map(unsent));
        break;
      }
      // By our own clock that never jumps: the sender's may be minutes ahead, or it may have died. Rather told twice
      // than by nobody.
      const now = clock.monotonic();
      for (const { alert } of waiting) {
        const claim = outcome.memory.alerts.get(alert.fingerprint)?.claim?.id;
        if (claim === undefined) continue;
        const since = watchedSince.get(claim) ?? now;
        watchedSince.set(claim, since);
        if (now - since >= claimMs || now > deadline) abandoned.add(claim);
      }
      open = stillOpen(open, left);
      // What should have explained them was told nowhere: then they speak for themselves.
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
    const sendings = await sendAll(messages, this.#options.timing, this.#ports, (sofar) =>
      this.#ledger.progress(sofar),
    );
    await this.#ledger.settle(sendings);
    return sendings;
  }

  #messages({ decisions, memory }: Outcome) {
    const caveat =
      this.#ledger.blind?.rule === 'state-unavailable'
        ? 'Earlier runs could not be asked: this may have been told before.'
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
    const alerts = sendings.map((sending) => reported(sending, dryRun));
    for (const one of alerts) {
      log.info(
        `${one.status}: ${one.title ?? one.type} [${one.fingerprint}] by ${one.decision}: ${one.reason}`,
      );
    }
    const problems = problemsOf(alerts);
    for (const problem of problems) log.info(`not delivered by ${problem}`);
    const interrupted =
      signal.aborted && alerts.some(({ status }) => status === 'failed' || status === 'suppressed');
    const notices = [...this.#notices, ...this.#ledger.notices, ...this.#onlyLog(sendings)].map(redact);
    for (const notice of notices) log.warning(notice);
    const failed = interrupted || (problems.length > 0 && this.#options.failOnDeliveryError);
    const cause = interrupted
      ? messageOf(signal.reason)
      : problems.length > 0
        ? `not delivered by ${problems.join('; ')}`
        : undefined;
    if (alerts.length === 0) notices.push(this.#incoming.nothing ?? 'There was nothing to tell.');
    const statistics = statisticsOf(this.#ledger.memory);
    return {
      verdict: failed ? 'fail' : problems.length > 0 ? 'warn' : 'pass',
      ...(cause === undefined ? {} : { cause }),
      checks: [],
      alerts,
      ...(statistics.entries > 0 ? { alertStatistics: statistics } : {}),
      notices,
      failed,
    };
  }

  #onlyLog(sendings: readonly Sending[]): string[] {
    const elsewhere = this.#channels.some(({ name }) => name !== 'log');
    if (elsewhere || !sendings.some(({ decision }) => decision.action === 'send')) return [];
    return ['No channel but the log is configured: nobody is told outside this run.'];
  }
}

function unsent(decision: Decision): Sending {
  return { decision, deliveries: new Map() };
}

/** Whether an alert was to be told in this run and reached nobody but the log. */
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
    passing: incoming.passing.filter((one) => waiting.some(({ alert }) => answers(one, alert))),
  };
}

function holderOf(run: RunContext): string {
  if (run.repository && run.runId) return `${run.repository} run ${run.runId}`;
  return `${run.actor}@${run.host}`;
}
