import {
  atLeast,
  atMost,
  between,
  exactly,
  figure,
  interval,
  middleOf,
  type Row,
  type Section,
} from './row.ts';

export const VERIFY: Section = {
  name: 'verify',
  title: 'verify',
  command: 'npm run bench',
  plot: {
    file: 'verify-sizes.svg',
    says: 'Time of the gate and of a bare undici loop against the number of targets, 1 to 1,000',
  },
  rows: ({ results: { verify, 'verify-load-tools': tools, 'verify-sizes': sizes } }) => {
    const rows: Row[] = [];
    if (verify !== undefined) {
      const { command, load, memory } = verify;
      rows.push(
        {
          what: '1,000 targets × 10 samples: wall time, gate ÷ bare undici loop',
          figure: interval(load.wallMs.ratio),
          ...atMost(middleOf(load.wallMs.ratio), 1.3),
          command,
        },
        {
          what: 'the p50 that it reports ÷ the loop’s',
          figure: interval(load.p50.ratio),
          ...between(middleOf(load.p50.ratio), 0.95, 1.05),
          command,
        },
        {
          what: 'the p95 that it reports ÷ the loop’s',
          figure: interval(load.p95.ratio),
          ...between(middleOf(load.p95.ratio), 0.95, 1.05),
          command,
        },
      );
      if (memory !== undefined)
        rows.push({
          what: 'greatest memory of the action meanwhile (median of the runs)',
          figure: `${figure(memory.peakMB)} MB`,
          ...atMost(memory.peakMB, 120, ' MB'),
          command,
        });
    }
    for (const { name, p50Ratio, p95Ratio } of tools?.tools ?? []) {
      for (const [key, value] of [
        ['p50', p50Ratio],
        ['p95', p95Ratio],
      ] as const)
        rows.push({
          what: `${key} of the gate ÷ ${key} that ${name} says of the same server`,
          figure: interval(value),
          ...between(value.value, 0.95, 1.05),
          command: tools?.command ?? '',
        });
    }
    for (const { name, why } of tools?.skipped ?? [])
      rows.push({ what: `against ${name}`, figure: `skipped: ${why}`, command: tools?.command ?? '' });
    for (const { targets, gateMs, ratio } of sizes?.sizes ?? [])
      rows.push({
        what: `${figure(targets)} targets that answer at once: time; ÷ bare loop`,
        figure: `${interval(gateMs)} ms; ${interval(ratio)}`,
        command: sizes?.command ?? '',
      });
    return rows;
  },
};

export const ALERT: Section = {
  name: 'alert',
  title: 'alert',
  command: 'npm run bench',
  plot: {
    file: 'alert-sizes.svg',
    says: 'Time of deciding against the number of alerts, 10 to 10,000, beside that state through JSON',
  },
  rows: ({ results: { alert, 'alert-bare': bare, 'alert-sizes': sizes } }) => {
    const rows: Row[] = [];
    for (const [name, call] of bare === undefined
      ? []
      : ([
          ['email', bare.email],
          ['webhook', bare.webhook],
        ] as const)) {
      const command = bare?.command ?? '';
      rows.push(
        {
          what: `one alert by ${name}, delivered: added to bare ${call.against} (${figure(call.bareMs.value)} ms) by decision, state and redaction`,
          figure: `${interval(call.addedMs)} ms`,
          command,
        },
        {
          what: `messages of five runs with the same alert by ${name} (bare: ${call.beyond.bare.messagesOfFiveRuns})`,
          figure: String(call.beyond.ours.messagesOfFiveRuns),
          ...exactly(call.beyond.ours.messagesOfFiveRuns, 1),
          command,
        },
        {
          what: `a secret in the text arrives by ${name} (bare: ${call.beyond.bare.secretArrived ? 'yes' : 'no'})`,
          figure: call.beyond.ours.secretArrived ? 'yes' : 'no',
          wanted: 'no',
          held: !call.beyond.ours.secretArrived,
          command,
        },
      );
    }
    if (alert !== undefined) {
      const { command, thousandAlerts, state, twoHundredRunsAtOnce } = alert;
      rows.push(
        {
          what: '1,000 alerts on a full state: read, decided, written; ÷ that state through JSON',
          figure: `${figure(thousandAlerts.onFullStateMs)} ms; ${interval(thousandAlerts.timesBaseline)}`,
          command,
        },
        {
          what: 'history entries kept after 10,000 alerts',
          figure: figure(state.historyKept),
          ...atMost(state.historyKept, 1_000),
          command,
        },
        {
          what: 'messages of 200 runs at once on one state',
          figure: String(twoHundredRunsAtOnce.messages),
          ...exactly(twoHundredRunsAtOnce.messages, 1),
          command,
        },
      );
    }
    for (const { alerts, policyMs } of sizes?.sizes ?? [])
      rows.push({
        what: `${figure(alerts)} alerts in one run, all told`,
        figure: `${interval(policyMs)} ms`,
        command: sizes?.command ?? '',
      });
    return rows;
  },
};

export const MONITOR: Section = {
  name: 'monitor',
  title: 'monitor',
  command: 'npm run bench',
  plot: {
    file: 'monitor-sizes.svg',
    says: 'Time a request and memory held against the number of distinct paths, 1 to 100,000, beside prom-client',
  },
  rows: ({ results: { monitor, 'monitor-sizes': sizes } }) => [
    ...(monitor?.lines ?? []).map(({ what, measured, unit, interval: ends, target }): Row => {
      const space = unit === '' ? '' : ` ${unit}`;
      const limit =
        target === undefined ? {} : (target.op === '<=' ? atMost : atLeast)(measured, target.value, space);
      const between = ends === undefined ? '' : ` [${ends.map(figure).join(' – ')}]`;
      return {
        what,
        figure: `${figure(measured)}${between}${space}`,
        ...limit,
        command: monitor?.command ?? '',
      };
    }),
    ...(sizes?.sizes ?? []).map(
      ({ paths, monitorNs, ratio, monitorMb, promClientMb }): Row => ({
        what: `${figure(paths)} distinct paths: a request; ÷ prom-client labelled by path; memory held (prom-client)`,
        figure: `${interval(monitorNs)} ns; ${interval(ratio)}; ${figure(monitorMb.value)} MB (${figure(promClientMb.value)} MB)`,
        command: sizes?.command ?? '',
      }),
    ),
  ],
};

const STYLE: Record<string, string> = {
  product: 'deploy-guard',
  statement: 'migrate-mongo, `down` of one statement',
  loop: 'migrate-mongo, `down` of a loop',
};

export const ROLLBACK: Section = {
  name: 'rollback',
  title: 'rollback',
  command: 'npm run bench',
  plot: {
    file: 'rollback-sizes.svg',
    says: 'Time to reverse STEP 19 against the number of orders, 1,000 to 200,000, beside migrate-mongo',
  },
  rows: ({ results: { rollback, 'rollback-sizes': sizes, 'rollback-migrate-mongo': migrate } }) => {
    const rows: Row[] = [];
    if (rollback !== undefined) {
      const { command, throughput, network, peakMemoryMb } = rollback;
      const orders = figure(throughput.orders);
      rows.push(
        {
          what: `STEP 19 of ${orders} orders: times as fast as the same journal, batch after batch, by the driver alone`,
          figure: interval(throughput.fasterThanL4),
          ...atLeast(middleOf(throughput.fasterThanL4), 1.2),
          command,
        },
        {
          what: 'times as fast as a loop over documents, without a journal',
          figure: interval(throughput.fasterThanL5),
          ...atLeast(middleOf(throughput.fasterThanL5), 6),
          command,
        },
      );
      if (network !== undefined)
        rows.push({
          what: `the same two with ${figure(network.delayMs)} ms of network, ${figure(network.orders)} orders`,
          figure: `${interval(network.fasterThanL4)}; ${interval(network.fasterThanL5)}`,
          command,
        });
      if (throughput.priceAgainstL1 !== undefined)
        rows.push({
          what: 'price of the journal: time ÷ one `updateMany`, which nothing can undo',
          figure: interval(throughput.priceAgainstL1),
          command,
        });
      if (peakMemoryMb !== undefined)
        rows.push({
          what: 'peak memory at 200,000 orders ÷ at 10,000',
          figure: `${figure(peakMemoryMb.needed.ratio)} (${figure(peakMemoryMb.needed['200000 orders'])} MB)`,
          ...atMost(peakMemoryMb.needed.ratio, 1.1),
          command,
        });
    }
    for (const { orders, productMs, ratio, ordersASecond } of sizes?.sizes ?? [])
      rows.push({
        what: `${figure(orders)} orders: time; ÷ migrate-mongo’s statement; orders a second`,
        figure: `${interval(productMs)} ms; ${interval(ratio)}; ${figure(ordersASecond)}`,
        command: sizes?.command ?? '',
      });
    if (migrate === undefined) return rows;
    const { command, time, meanwhile, killed } = migrate;
    rows.push({
      what: `${figure(time.orders)} orders: time ÷ migrate-mongo’s \`down\` of one statement; of a loop`,
      figure: `${interval(time.againstStatement)}; ${interval(time.againstLoop)}`,
      command,
    });
    for (const { tool, kept, told } of meanwhile)
      rows.push({
        what: `${STYLE[tool] ?? tool}: an order that the app changes meanwhile`,
        figure: `${kept ? 'keeps what the app wrote' : '**loses** what the app wrote'}, ${told ? 'and is told as a conflict' : 'and nobody is told'}`,
        ...(tool === 'product' ? { wanted: 'kept and told', held: kept && told } : {}),
        command,
      });
    for (const { tool, reversed, toReverse, record, goesOn, backAtOnce, backFromTheEnd, orders } of killed)
      rows.push({
        what: `${STYLE[tool] ?? tool}: killed halfway (${figure(reversed)} of ${figure(toReverse)} orders reversed, its record says \`${record}\`)`,
        figure: `${goesOn ? 'can go on' : '**cannot go on**'}; as before after the way back: ${figure(backAtOnce)} of ${figure(orders)} from there, ${figure(backFromTheEnd)} from the end`,
        ...(tool === 'product'
          ? { wanted: 'all', held: goesOn && backAtOnce === orders && backFromTheEnd === orders }
          : {}),
        command,
      });
    return rows;
  },
};
