/** The pure parts that mutation testing looks at, by what they decide. */
export interface Group {
  /** The sources in which mutants are made. */
  readonly mutate: readonly string[];
  /** The tests that are to notice them. */
  readonly tests: readonly string[];
}

export const GROUPS = {
  thresholds: {
    mutate: [
      'src/verify/thresholds/parse.ts',
      'src/verify/judge/threshold-check.ts',
      'src/verify/thresholds/condition.ts',
      'src/verify/thresholds/evaluate.ts',
      'src/verify/metrics/statistics.ts',
      'src/verify/metrics/comparison.ts',
    ],
    tests: ['test/unit/verify/{comparison,evaluate,judge,statistics,thresholds}*.test.ts'],
  },
  judge: {
    mutate: ['src/verify/judge/*.ts'],
    tests: ['test/unit/verify/judge*.test.ts'],
  },
  policy: {
    mutate: ['src/alert/policy/*.ts', 'src/alert/catalogue/fingerprint.ts'],
    tests: ['test/unit/alert/{policy,quiet}*.test.ts'],
  },
  reversals: {
    mutate: ['src/rollback/reversals/*.ts'],
    tests: ['test/unit/rollback/reversal*.test.ts'],
  },
  digest: {
    mutate: [
      'src/rollback/plan/canonical.ts',
      'src/rollback/plan/digest.ts',
      'src/rollback/plan/stale-plan.ts',
      'src/rollback/plan/static-plan.ts',
      'src/rollback/commands/guardrails.ts',
    ],
    tests: ['test/unit/rollback/{digest,guardrails,static-plan}.test.ts'],
  },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof GROUPS;

/** The group that this process is about, as `scripts/mutation/run.ts` says it. */
export function groupOfEnvironment(): { name: GroupName; group: Group } {
  const name = process.env.MUTATION_GROUP ?? '';
  if (!Object.hasOwn(GROUPS, name)) {
    throw new Error(`MUTATION_GROUP names no group: '${name}'. Use \`npm run mutation -- GROUP\`.`);
  }
  return { name: name as GroupName, group: GROUPS[name as GroupName] };
}
