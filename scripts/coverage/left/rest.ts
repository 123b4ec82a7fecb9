import type { Left } from '../left.ts';

export const REST_LEFT: readonly Left[] = [
  {
    why: 'For the type alone: what is read there (an entry of a list that is not empty or was just filtered for it, of a group, of 24 hours, of an answer’s headers, the claim that is waited for) is always there.',
    branches: [
      ['src/alert/alert.ts', 'if (claim === undefined) continue;'],
      ['src/alert/channels/log/log.ts', "alert.message.split('\\n')[0] ?? ''"],
      ['src/alert/policy/decide.ts', '(b.told?.at ?? 0) - (a.told?.at ?? 0)'],
      ['src/alert/send.ts', 'if (notification) messages.push('],
      ['src/alert/log/statistics.ts', '(byHour[hour] ?? 0) + 1'],
      ['src/alert/log/statistics.ts', "last?.title ?? ''"],
      ['src/alert/log/statistics.ts', "last?.source ?? ''"],
      ['src/github/client.ts', '[value ?? []].flat()'],
      ['src/report/html/plots.ts', 'const words = `${count} samples'],
      ['src/report/html/text.ts', "render(parts[index] ?? '')"],
      ['src/report/summary/charts.ts', "Date.parse(phases[0]?.startedAt ?? '')"],
      ['src/report/summary/charts.ts', 'values[Math.floor((index * values.length) / MOST_POINTS)] ?? 0'],
    ],
  },
  {
    why: 'A decision to send always carries what is remembered of its alert, claim, level and all; the types leave them out for decisions to hold, and for what older versions wrote.',
    branches: [
      ['src/alert/channels/common/notification.ts', 'memory?.episode ?? 1'],
      ['src/alert/channels/common/notification.ts', 'memory?.firedAt ?? now'],
      ['src/alert/policy/record-outcome.ts', 'if (!known) continue;'],
      ['src/alert/policy/record-outcome.ts', 'decision.level ?? 0'],
      ['src/alert/policy/record-outcome.ts', 'toldBefore === undefined ? {} : { toldBefore }'],
    ],
  },
  {
    why: 'Every alert that a run reports has a title, every delivery that failed its error, and every run with nothing to tell its reason; the types leave them out for the rest.',
    branches: [
      ['src/alert/alert.ts', 'one.title ?? one.type'],
      ['src/alert/alert.ts', "this.#incoming.nothing ?? 'There was nothing to tell.'"],
      ['src/alert/result.ts', 'error ?? status'],
    ],
  },
  {
    why: 'The library never does so, though its types allow it: nodemailer hands on what the server said of a recipient, and MongoDB’s driver throws errors alone.',
    branches: [
      ['src/alert/channels/email/email.ts', "response === undefined ? ''"],
      ['src/mongo/client.ts', "error instanceof Error ? error.message : ''"],
    ],
  },
  {
    why: 'Whoever waits for the delivery has been told of the stop by the signal itself, and hears no more of it; the line keeps a stop from being explained as a refusal of GitHub’s.',
    branches: [
      ['src/alert/channels/github-issue/github-issue.ts', 'if (signal.aborted) throw signal.reason;'],
    ],
  },
  {
    why: 'The settings see to it: no state in MongoDB without a connection string, and no connection string in verify without limits of its probes.',
    branches: [
      ['src/run/run.ts', "(stateDb ? { ...state, db: stateDb } : { kind: 'none' })"],
      ['src/run/run.ts', 'settings.options.mongo?.timeoutMs ?? 10_000'],
    ],
  },
  {
    why: 'GitHub’s runners always set GITHUB_API_URL; without it the requests go to github.com itself, which no test asks.',
    branches: [['src/run/run.ts', '...(apiUrl ? { apiUrl } : {})']],
  },
  {
    why: 'GitHub’s runners always set RUNNER_TEMP, and so does whatever starts the entry in a test; without it only the cache of compiled code is left out.',
    branches: [['src/main.ts', 'if (RUNNER_TEMP) module.enableCompileCache']],
  },
  {
    why: 'Standard output tells of its faults later, by an event; only a file makes the call throw.',
    branches: [['src/github/host.ts', "withPath(error, file ?? 'standard output')"]],
  },
  {
    why: 'The driver has a signal to hand on only where a caller of it gave one, and none of ours does.',
    branches: [
      ['src/mongo/patches/lost-connections.ts', 'options.signal ? [options.signal, closing.signal]'],
    ],
  },
  {
    why: 'The root of a file system always exists, so the walk up to the first folder that does never gets above it.',
    branches: [['src/support/paths.ts', 'parent === path ? path : resolve(']],
  },
];
