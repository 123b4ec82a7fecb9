/**
 * Mutants that no test can notice, or that are not worth one, with the reason. An entry is about the code
 * that is replaced, wherever in the file it stands; one that no mutant needs any more is to be taken out.
 */
export interface Explained {
  readonly file: string;
  /** The code that the mutant replaces, on one line. */
  readonly code: string;
  readonly replacement: string;
  readonly why: string;
}

/** Several mutants of one place, for one reason. */
function all(file: string, why: string, mutants: readonly (readonly [code: string, replacement: string])[]) {
  return mutants.map(([code, replacement]): Explained => ({ file, code, replacement, why }));
}

const NEVER_UNDEFINED = 'The default is for the type alone: the pattern that matched always fills the group.';
const OTHER_RULE =
  'The rules above and below it hold in the same cases and give the same answer: what is below the least is also at or below it.';
const UNDEFINED_COMPARES_FALSE = 'A comparison with undefined is false by itself; the guard is for the type.';
const ONLY_KNOWN =
  'The caller has looked the name up before, so it is always there; the guard is for the type.';

export const EXPLAINED: readonly Explained[] = [
  ...all(
    'src/rollback/plan/canonical.ts',
    'Keys of one object are never equal, and V8 asks a comparison only whether it is below 0.',
    [
      ['a < b', 'a <= b'],
      ['a > b', 'true'],
      ['a > b', 'false'],
      ['a > b', 'a >= b'],
      ['a > b', 'a <= b'],
    ],
  ),
  ...all(
    'src/rollback/plan/stale-plan.ts',
    'The mark stands in the text exactly once, so both parts are always there.',
    [["''", '"Stryker was here!"']],
  ),
  ...all('src/verify/thresholds/parse.ts', NEVER_UNDEFINED, [["''", '"Stryker was here!"']]),
  ...all('src/verify/thresholds/parse.ts', 'Multiplying and dividing by 1 or -1 is the same.', [
    ["Number(digits) * (sign === '-' ? -1 : 1)", "Number(digits) / (sign === '-' ? -1 : 1)"],
  ]),
  ...all('src/verify/thresholds/parse.ts', UNDEFINED_COMPARES_FALSE, [
    ['min !== undefined', 'true'],
    ['max !== undefined', 'true'],
  ]),
  ...all('src/verify/thresholds/parse.ts', OTHER_RULE, [
    ["operator === '<'", 'true'],
    ["operator === '!='", 'true'],
  ]),
  ...all(
    'src/verify/thresholds/parse.ts',
    'A number below the least cannot be written: a sign makes the limit a relative one.',
    [
      ['min !== undefined && value < min', 'false'],
      ['min !== undefined', 'min === undefined'],
      ["operator === '<=' && belowMin", 'false'],
      ["operator === '<='", 'true'],
      ["operator === '<='", "operator !== '<='"],
      ["'<='", '""'],
      ["operator === '>' && belowMin", 'false'],
      ["operator === '>'", 'true'],
      ["operator === '>'", "operator !== '>'"],
      ["'>'", '""'],
    ],
  ),
  ...all(
    'src/verify/thresholds/parse.ts',
    'Nothing else is thrown while a line is read; a mistake of the program would be shown without its stack.',
    [['error instanceof Mistake', 'true']],
  ),
  ...all('src/verify/thresholds/parse.ts', 'No metric has more than one label, so nothing is joined.', [
    ["', '", '""'],
  ]),
  ...all('src/verify/thresholds/evaluate.ts', 'Multiplying and dividing by 1 or -1 is the same.', [
    [
      'Math.max(Math.abs(change), floor) * (level.value < 0 ? -1 : 1)',
      'Math.max(Math.abs(change), floor) / (level.value < 0 ? -1 : 1)',
    ],
  ]),
  ...all('src/verify/thresholds/evaluate.ts', 'What passes stays a pass: the result is the same.', [
    ["judged.verdict !== 'pass'", 'true'],
    ["'pass'", '""'],
  ]),
  ...all('src/verify/thresholds/evaluate.ts', 'Any unit that is not known is shown as none.', [
    ["''", '"Stryker was here!"'],
  ]),
  ...all(
    'src/verify/thresholds/condition.ts',
    'Only a difference of exactly a billionth would tell them apart.',
    [
      [
        'Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))',
        'Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))',
      ],
    ],
  ),
  ...all(
    'src/verify/metrics/comparison.ts',
    'The limit itself is never hit exactly by a computed probability.',
    [
      ['p < SIGNIFICANT', 'p <= SIGNIFICANT'],
      ['p < 0.001', 'p <= 0.001'],
    ],
  ),
  ...all(
    'src/verify/metrics/comparison.ts',
    'Where neither side is above the other, the difference is not significant, and this is not asked.',
    [['superiority > 0.5', 'superiority >= 0.5']],
  ),
  ...all('src/verify/judge/mongodb.ts', ONLY_KNOWN, [
    ['METRICS.get(threshold.metric)?.labels', 'METRICS.get(threshold.metric).labels'],
  ]),
  ...all('src/verify/judge/mongodb.ts', 'Series of this metric always carry the label.', [
    ["''", '"Stryker was here!"'],
  ]),
  ...all(
    'src/verify/judge/judge.ts',
    'A check of MongoDB is only there with its outcome; the guard is for the type.',
    [
      ['outcome.mongo?.reachable', 'outcome.mongo.reachable'],
      ['outcome.mongo?.failures', 'outcome.mongo.failures'],
    ],
  ),
  ...all(
    'src/verify/judge/judge.ts',
    'Where no target was refused, undefined is what comes out either way.',
    [['first !== undefined', 'true']],
  ),
  ...all('src/verify/judge/app.ts', 'A threshold always has a condition; the guard is for the type.', [
    ['(threshold.fail ?? threshold.warn)?.aggregate', '(threshold.fail ?? threshold.warn).aggregate'],
    ['aggregate?.name', 'aggregate.name'],
  ]),
  ...all(
    'src/verify/judge/app.ts',
    'Of the metrics of a service only the response time has percentiles, and it has nothing else.',
    [
      [
        "threshold.metric === 'app_response_time' && aggregate?.name === 'p'",
        "threshold.metric === 'app_response_time' || aggregate?.name === 'p'",
      ],
      ["threshold.metric === 'app_response_time'", 'true'],
      ["aggregate?.name === 'p'", 'true'],
    ],
  ),
  ...all(
    'src/rollback/reversals/path-grammar.ts',
    'Splitting a text gives at least one part; the guard is for the type.',
    [
      ['first === undefined', 'false'],
      ['segments.at(-1)?.each', 'segments.at(-1).each'],
    ],
  ),
  ...all(
    'src/rollback/reversals/path.ts',
    'It saves writing the same bytes again: what is written is equal, and an equal value is no edit.',
    [
      ['(item, index) => item === items[index]', '() => undefined'],
      ['item === items[index]', 'false'],
      ['sameRaw(before, after)', 'false'],
    ],
  ),
  ...all(
    'src/rollback/reversals/path.ts',
    'What is set for the last segment is replaced by the condition right after the loop.',
    [
      ['index < path.length - 1', 'true'],
      ['index < path.length - 1', 'index <= path.length - 1'],
      ['path.length - 1', 'path.length + 1'],
    ],
  ),
  ...all(
    'src/verify/judge/judge.ts',
    'Where no target answers with an old version, no check can be one of such a target.',
    [
      ['old.length > 0', 'true'],
      ['old.length > 0', 'old.length >= 0'],
    ],
  ),
  ...all(
    'src/verify/judge/judge.ts',
    'Only targets with a version are looked at there; the guard is for the type.',
    [
      ['version?.seen', 'version.seen'],
      ['old[0]?.version?.expected', 'old[0]?.version.expected'],
      ['old[0]?.version', 'old[0].version'],
    ],
  ),
  ...all(
    'src/verify/thresholds/evaluate.ts',
    'Only `count` asks whether it is a rate, and this is the least.',
    [['false', 'true']],
  ),
  ...all('src/verify/thresholds/parse.ts', 'All white space is taken out, one by one or in runs.', [
    ['/\\s+/g', '/\\s/g'],
  ]),
  ...all(
    'src/alert/policy/decide.ts',
    'It stands for an alert that is not known and is passed over: nothing is looked up, ended or inherited by it.',
    [['[]', '["Stryker was here"]']],
  ),
  ...all(
    'src/alert/policy/decide.ts',
    'What inherits of nothing comes out as it was; and what follows another always has a memory.',
    [
      ['!memory || from.length === 0', '!memory && from.length === 0'],
      ['from.length === 0', 'false'],
    ],
  ),
  ...all('src/alert/policy/decide.ts', 'Only alerts that were told are sorted; the guard is for the type.', [
    ['b.told?.at', 'b.told.at'],
    ['a.told?.at', 'a.told.at'],
  ]),
  ...all('src/alert/policy/decide.ts', 'Without rules no alert is a cause; it saves looking at each.', [
    ['rules.inhibitions.length === 0', 'false'],
  ]),
  ...all('src/alert/policy/firing.ts', 'A channel that is not configured is left out right there.', [
    ['[]', '["Stryker was here"]'],
  ]),
  ...all(
    'src/alert/policy/inhibition.ts',
    'It saves looking at each cause where no rule is about the alert.',
    [['fitting.length === 0', 'false']],
  ),
  ...all('src/alert/policy/inhibition.ts', 'There is a list for each rule; the guard is for the type.', [
    ['causes[index]?.some', 'causes[index].some'],
  ]),
  ...all(
    'src/alert/policy/matcher.ts',
    'Past its end a pattern has no character that could be equal to one of the text.',
    [
      ['at < pattern.length', 'true'],
      ['at < pattern.length', 'at <= pattern.length'],
    ],
  ),
  ...all('src/alert/policy/rules.ts', 'An equal severity in place of itself is the same.', [
    ['compareSeverity(step.severity, severity) > 0', 'compareSeverity(step.severity, severity) >= 0'],
  ]),
  ...all('src/alert/policy/silences.ts', 'The name is not looked at where a schedule is only tried.', [
    ["''", '"Stryker was here!"'],
  ]),
  ...all(
    'src/alert/policy/silences.ts',
    'A text is no time at or before now, so it is left out where the list is read.',
    [['[]', '["Stryker was here"]']],
  ),
  ...all(
    'src/alert/policy/silences.ts',
    'A bound on the work for windows that begin more often than anybody writes; a test of it would take a second.',
    [
      ['starts.length < 20_000', 'true'],
      ['starts.length < 20_000', 'starts.length <= 20_000'],
      ['count < 20_000', 'true'],
      ['count < 20_000', 'count <= 20_000'],
    ],
  ),
  ...all(
    'src/alert/policy/silences.ts',
    'A day is added on either side, so the very ends are never wanted.',
    [['true', 'false']],
  ),
  ...all('src/alert/policy/time-zone.ts', 'It saves making the same format again.', [
    ['!format', 'true'],
    ['formats.set(timeZone, format);', ';'],
  ]),
  ...all(
    'src/rollback/plan/stale-plan.ts',
    'No text of a plan is empty, so an empty mark stands in it exactly once, too.',
    [["'the number stands here'", '""']],
  ),
  ...all('src/rollback/reversals/path.ts', 'A shorter way for one path: the loop below it does the same.', [
    ['others.length === 0', 'false'],
    ['{ const edit = editAt(fields, first[0], first[1]); return edit ? [edit] : []; }', '{}'],
  ]),
  ...all(
    'src/rollback/reversals/path.ts',
    'It is only asked of a segment that is there; the guard is for the type.',
    [['path[at]?.each', 'path[at].each']],
  ),
  ...all(
    'src/rollback/reversals/set-field.ts',
    'Once more for the whole path: the field is set by then, and stays.',
    [['path.slice(1)', 'path']],
  ),
  ...all('src/alert/policy/firing.ts', 'Something is owed there; the guard is for the type.', [
    ['seen.owed?.toldBefore', 'seen.owed.toldBefore'],
  ]),
];
