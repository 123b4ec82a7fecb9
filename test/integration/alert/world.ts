import type { AlertPorts } from '../../../src/alert/alert.ts';
import { ALERT_TIMING, type AlertOptions, type OwnAlert } from '../../../src/alert/model/options.ts';
import { DEFAULT_INHIBITIONS } from '../../../src/alert/policy/inhibition.ts';
import type { Check, Report } from '../../../src/report/schema.ts';
import { REPORT_SCHEMA } from '../../../src/report/vocabulary.ts';
import { noState } from '../../../src/state/none.ts';
import { systemClock } from '../../../src/support/clock.ts';
import type { Log } from '../../../src/support/log.ts';
import { Redactor } from '../../../src/support/redact.ts';

/** Short enough for tests, in the same proportions. */
export const TIMING = {
  ...ALERT_TIMING,
  attemptMs: 1_500,
  deliveryMs: 4_000,
  pauseMs: 40,
  claimMs: 6_000,
  pollMs: 40,
};

export const OWN: OwnAlert = {
  kind: 'own',
  type: 'high-error-rate',
  title: 'Too many errors',
  message: 'The rate is 12%.',
  source: 'api',
  resolve: false,
};

/** Options with everything at its default and no channel but the log. */
export function options(over: Partial<AlertOptions> = {}): AlertOptions {
  return {
    subject: OWN,
    labels: {},
    channels: ['log'],
    channelsGiven: true,
    fireOn: ['fail', 'inconclusive', 'error'],
    types: {},
    targets: {},
    issueLabels: ['deploy-guard-alert'],
    repeatIntervalMs: 4 * 3_600_000,
    sendResolved: true,
    failureThreshold: 1,
    successThreshold: 1,
    groupBy: [],
    routes: [],
    escalations: [],
    inhibitions: DEFAULT_INHIBITIONS,
    silences: [],
    maintenance: [],
    failOnDeliveryError: true,
    timing: TIMING,
    ...over,
  };
}

/** A log that keeps its lines. */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  notice(message: string): void {
    this.lines.push(`notice ${message}`);
  }
  warning(message: string): void {
    this.lines.push(`warning ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
  group<T>(_title: string, work: () => Promise<T>): Promise<T> {
    return work();
  }
}

/** Ports of a run on GitHub with a log that is kept, the real clock and no state. */
export function ports(over: Partial<AlertPorts> = {}): AlertPorts & { log: KeptLog } {
  const redactor = new Redactor();
  return {
    clock: systemClock,
    log: new KeptLog(),
    signal: new AbortController().signal,
    redact: (text) => redactor.redact(text),
    environment: 'production',
    dryRun: false,
    state: noState,
    run: {
      event: 'push',
      repository: 'acme/shop',
      workflow: 'Deploy',
      runId: '42',
      url: 'https://github.com/acme/shop/actions/runs/42',
      commit: '0123456789abcdef0123456789abcdef01234567',
      actor: 'mona',
      host: 'runner-1',
    },
    random: Math.random,
    ...over,
  } as AlertPorts & { log: KeptLog };
}

export function check(over: Partial<Check> = {}): Check {
  return {
    id: 'http/api/http_req_duration',
    kind: 'http',
    target: 'api',
    metric: 'http_req_duration',
    observed: 900,
    unit: 'ms',
    threshold: 'p(95)<500ms',
    samples: 10,
    attempts: 10,
    verdict: 'fail',
    reason: 'p(95) is 900 ms, not below 500 ms',
    ...over,
  };
}

export function reportOf(checks: Check[], over: Partial<Report> = {}): AlertOptions['subject'] {
  const bad = checks.some(({ verdict }) => verdict !== 'pass');
  return {
    kind: 'report',
    report: {
      schema: REPORT_SCHEMA,
      mode: 'verify',
      environment: 'production',
      dryRun: false,
      startedAt: '2026-01-27T20:00:00.000Z',
      finishedAt: '2026-01-27T20:00:12.000Z',
      verdict: bad ? 'fail' : 'pass',
      checks,
      alerts: [],
      ...over,
    },
  };
}
