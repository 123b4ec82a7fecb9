import type { Problem, Text } from '../../support/problem.ts';
import { expandSecret, type SecretText } from '../values/secret-text.ts';
import type { Locate, Location } from './location.ts';
import { Problems } from './problems.ts';

/** What a run is about, decided before its mode's own settings are read. */
export interface SettingsFacts {
  readonly environment: string;
  readonly dryRun: boolean;
  /** The event is one on which nothing may be changed or sent. */
  readonly pullRequest: boolean;
  readonly hasMongodbUri: boolean;
}

/** What the readers of settings share: the facts, the places that problems belong to, the secrets of the environment. */
export class SettingsContext {
  readonly facts: SettingsFacts;
  readonly problems: Problems;
  readonly #locate: Locate;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #mask: (secrets: readonly string[]) => void;

  constructor(given: {
    facts: SettingsFacts;
    problems?: Problems;
    locate: Locate;
    env: Readonly<Record<string, string | undefined>>;
    /** Called with the secrets of the guard file's `${NAME}`, before anything can show them. */
    mask(secrets: readonly string[]): void;
  }) {
    this.facts = given.facts;
    this.problems = given.problems ?? new Problems();
    this.#locate = given.locate;
    this.#env = given.env;
    this.#mask = given.mask;
  }

  /** The place of an input. */
  input(name: string): Location {
    const location: Location = this.#location(
      () => name,
      () => location,
    );
    return location;
  }

  /** A place in the guard file. */
  file(...path: readonly PropertyKey[]): Location {
    return this.#location(
      () => this.#locate(path),
      (...more) => this.file(...path, ...more),
    );
  }

  #location(where: () => string, at: Location['at']): Location {
    const refuseAs = (problem: Omit<Problem, 'where'>): undefined => {
      this.problems.add({ where: where(), ...problem });
    };
    return {
      get where() {
        return where();
      },
      at,
      input: (name) => this.input(name),
      refuseAs,
      refuse: (code: string, message: Text, hint?: Text) =>
        refuseAs(hint === undefined ? { code, message } : { code, message, hint }),
      secret: (text) => this.#expand(text, refuseAs),
    };
  }

  #expand(secretText: SecretText, refuseAs: Location['refuseAs']): string {
    const { value, secrets, missing } = expandSecret(secretText, this.#env);
    this.#mask(secrets);
    for (const name of missing) {
      refuseAs({
        code: 'variable-not-set',
        message: `the environment variable ${name} is not set`,
        hint: `Pass it to the step: env: { ${name}: … }.`,
      });
    }
    return value;
  }
}
