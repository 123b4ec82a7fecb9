import { alert } from '../../src/alert/alert.ts';
import { ALERT_TIMING, type AlertOptions } from '../../src/alert/model/options.ts';
import type { ModeResult } from '../../src/report/schema.ts';
import { openStore } from '../../src/state/open-store.ts';
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';
import { rules } from './one-run.ts';

export interface OwnAlertOptions {
  /** Where it goes; the one channel that is used. */
  readonly to: Pick<AlertOptions, 'slack' | 'email' | 'webhook'>;
  readonly stateFile: string;
  readonly title?: string;
  readonly message?: string;
  redact?(text: string): string;
}

/** One run of mode `alert` with an alert of the user's own, on a state in a file. */
export function tell(options: OwnAlertOptions): Promise<ModeResult> {
  const { to, stateFile, title, message, redact = (text: string) => text } = options;
  const alertOptions: AlertOptions = {
    ...rules,
    subject: {
      kind: 'own',
      type: 'high-cpu',
      source: 'api',
      resolve: false,
      ...(title === undefined ? {} : { title }),
      ...(message === undefined ? {} : { message }),
    },
    labels: {},
    fireOn: ['fail'],
    types: {},
    channels: Object.keys(to),
    channelsGiven: true,
    routes: [],
    escalations: [],
    targets: {},
    ...to,
    issueLabels: ['x'],
    groupBy: [],
    silences: [],
    maintenance: [],
    failOnDeliveryError: true,
    timing: { ...ALERT_TIMING, pollMs: 100 },
  };
  return alert(alertOptions, {
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    redact,
    environment: 'production',
    dryRun: false,
    state: openStore({ kind: 'file', path: stateFile }, { clock: systemClock, random: Math.random }),
    run: { actor: 'bench', host: 'bench' },
    random: Math.random,
  });
}
