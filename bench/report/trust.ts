import { atLeast, atMost, exactly, figure, interval, middleOf, type Section } from './row.ts';

/** What is not speed: start, faults, leaks, hostile input, the tests themselves, and what ships. */
export const TRUST: readonly Section[] = [
  {
    name: 'startup',
    title: 'start-up',
    command: 'npm run bench:startup',
    rows: ({ results: { startup, verify } }) => [
      ...(startup?.rows ?? [])
        .filter(({ cache }) => cache === 'kept')
        .flatMap(({ variant, wholeOverHttpGet, wholeOverFetch }) => [
          {
            what: `smallest verify, process start to exit ÷ bare node with one request by \`http.get\`, the least that Node can do; bundle ${variant}`,
            figure: interval(wholeOverHttpGet),
            // The others are what was measured to choose by.
            ...(variant === 'as shipped' ? atMost(middleOf(wholeOverHttpGet), 3) : {}),
            command: 'npm run bench:startup',
          },
          ...(variant === 'as shipped'
            ? [
                {
                  what: 'the same ÷ one request by `fetch`, which is undici as verify is',
                  figure: interval(wholeOverFetch),
                  ...atMost(middleOf(wholeOverFetch), 3),
                  command: 'npm run bench:startup',
                },
              ]
            : []),
        ]),
      ...(verify?.startUp === undefined
        ? []
        : [
            {
              what: 'process start to the first request, over `node -e 0`',
              figure: `${figure(verify.startUp.overBareMs)} ms`,
              ...atMost(verify.startUp.overBareMs, 80, ' ms'),
              command: verify.command,
            },
          ]),
    ],
  },
  {
    name: 'chaos',
    title: 'chaos',
    command: 'npm run chaos',
    rows: ({ results: { chaos } }) =>
      chaos === undefined
        ? []
        : [
            {
              what: 'rounds played',
              figure: figure(chaos.rounds),
              ...atLeast(chaos.rounds, 300),
              command: chaos.command,
            },
            {
              what: 'rounds with a breach of an invariant',
              figure: figure(chaos.breaches),
              ...exactly(chaos.breaches, 0),
              command: chaos.command,
            },
            ...(chaos.happened === undefined
              ? []
              : [
                  {
                    what: 'what happened in them',
                    figure: Object.entries(chaos.happened)
                      .map(([what, count]) => `${what} ${figure(count)}`)
                      .join(', '),
                    command: chaos.command,
                  },
                ]),
          ],
  },
  {
    name: 'kills',
    title: 'kills',
    command: 'npm run bench:chaos',
    rows: ({ results: { 'rollback.chaos': kills } }) =>
      kills === undefined
        ? []
        : [
            {
              what: `documents that were wrong after ${figure(kills.kills)} kills (${figure(kills.inApply)} in apply, ${figure(kills.inRestore)} in restore, ${figure(kills.changesBySomebodyElse)} changes by somebody else between)`,
              figure: figure(kills.wrongDocuments),
              ...exactly(kills.wrongDocuments, 0),
              command: kills.command,
            },
            {
              what: 'time of the run that finished what was cut short: median, most',
              figure: `${figure(kills.recoveryMs.median)} ms, ${figure(kills.recoveryMs.most)} ms`,
              command: kills.command,
            },
          ],
  },
  {
    name: 'leaks',
    title: 'leaks',
    command: 'npm run leaks',
    rows: ({ results: { leaks } }) =>
      leaks === undefined
        ? []
        : [
            {
              what: `traces of ${figure(leaks.secrets)} secrets in ${figure(leaks.places)} places of ${figure(leaks.worlds)} worlds`,
              figure: figure(leaks.found),
              ...exactly(leaks.found, 0),
              command: leaks.command,
            },
            {
              what: 'distinct secrets',
              figure: figure(leaks.secrets),
              ...atLeast(leaks.secrets, 60),
              command: leaks.command,
            },
          ],
  },
  {
    name: 'fuzz',
    title: 'hostile input',
    command: 'npm run fuzz',
    rows: ({ results: { fuzz } }) =>
      fuzz === undefined
        ? []
        : [
            {
              what: `cases over ${figure(fuzz.targets)} targets`,
              figure: figure(fuzz.cases),
              ...atLeast(fuzz.cases, 100_000),
              command: fuzz.command,
            },
            {
              what: 'properties that did not hold',
              figure: figure(fuzz.found),
              ...exactly(fuzz.found, 0),
              command: fuzz.command,
            },
          ],
  },
  {
    name: 'mutation',
    title: 'mutation',
    command: 'npm run mutation',
    rows: ({ results: { mutation } }) =>
      mutation === undefined
        ? []
        : [
            {
              what: 'score of all groups',
              figure: `${figure(mutation.score)} %`,
              ...atLeast(mutation.score, 90, ' %'),
              command: mutation.command,
            },
            ...Object.entries(mutation.groups).map(([name, score]) => ({
              what: name,
              figure: `${figure(score)} %`,
              ...atLeast(score, 90, ' %'),
              command: mutation.command,
            })),
            ...(mutation.unexplained === undefined
              ? []
              : [
                  {
                    what: 'survivors without an explanation',
                    figure: figure(mutation.unexplained),
                    ...exactly(mutation.unexplained, 0),
                    command: mutation.command,
                  },
                ]),
          ],
  },
  {
    name: 'coverage',
    title: 'coverage',
    command: 'npm run coverage',
    rows: ({ results: { coverage } }) =>
      coverage === undefined
        ? []
        : [
            {
              what: 'branches',
              figure: `${figure(coverage.branches.percent)} %`,
              ...atLeast(coverage.branches.percent, 90, ' %'),
              command: coverage.command,
            },
            {
              what: `of the ${figure(coverage.left.places)} places with a branch that no test takes, those without a reason in bench/results/coverage-left.md`,
              figure: figure(coverage.left.unexplained),
              ...exactly(coverage.left.unexplained, 0),
              command: coverage.command,
            },
          ],
  },
  {
    name: 'size',
    title: 'size of what ships',
    command: 'npm run build',
    rows: ({ dist: { megabytes } }) => [
      {
        what: 'JavaScript in `dist/`, the monitor included',
        figure: `${megabytes.toFixed(1)} MB`,
        ...atMost(megabytes, 3, ' MB'),
        command: 'npm run build',
      },
    ],
  },
  {
    name: 'licences',
    title: 'licences and bill of materials',
    command: 'npm run build',
    rows: ({ dist: { components, licences } }) =>
      components === undefined && !licences
        ? []
        : [
            {
              what: 'licences of what is bundled, in `dist/`',
              figure: licences ? 'there' : 'missing',
              wanted: 'there',
              held: licences,
              command: 'npm run build',
            },
            {
              what: 'packages in the bill of materials',
              figure: components === undefined ? 'no bill' : figure(components),
              wanted: 'a bill',
              held: components !== undefined,
              command: 'npm run build',
            },
          ],
  },
  {
    name: 'audit',
    title: 'known vulnerabilities',
    command: 'npm audit',
    rows: ({ results: { audit } }) =>
      audit === undefined
        ? []
        : [
            {
              what: 'vulnerabilities in the locked dependencies',
              figure: figure(audit.metadata.vulnerabilities.total),
              ...exactly(audit.metadata.vulnerabilities.total, 0),
              command: audit.command,
            },
          ],
  },
];
