import { SettingsContext, type SettingsFacts } from '../../src/settings/context/settings-context.ts';
import { ConfigurationError } from '../../src/support/errors.ts';
import type { Problem } from '../../src/support/problem.ts';

type Given = ConstructorParameters<typeof SettingsContext>[0];

/** What the readers of settings share, as a run on a push has it. */
export function settingsContext({
  problems,
  locate = (path) => `guard.yml:${path.map(String).join('.')}`,
  env = {},
  mask = () => undefined,
  ...facts
}: Partial<SettingsFacts & Omit<Given, 'facts'>> = {}): SettingsContext {
  return new SettingsContext({
    facts: {
      environment: 'production',
      dryRun: false,
      unmerged: undefined,
      variables: [],
      hasMongodbUri: false,
      ...facts,
    },
    ...(problems === undefined ? {} : { problems }),
    locate,
    env,
    mask,
  });
}

/** Every problem that ends some work; none if it is accepted. */
export async function problemsOf(work: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work;
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** Each problem by its place and code: `timeout not-a-duration`. */
export async function refusalsOf(work: Promise<unknown>): Promise<string[]> {
  return (await problemsOf(work)).map(({ where, code }) => `${where} ${code}`);
}
