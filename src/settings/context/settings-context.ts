import { input, type Problem, type Text, text } from '../../support/problem.ts';
import { expandSecret, type SecretText } from '../values/secret-text.ts';
import type { Locate, Location } from './location.ts';
import { Problems } from './problems.ts';

/** What a run is about, decided before its mode's own settings are read. */
export interface SettingsFacts {
  readonly environment: string;
  readonly dryRun: boolean;
  /** Why the code counts as not merged: nothing may be changed or sent, and the guard file is not trusted. */
  readonly unmerged: string | undefined;
  /** The environment variables that the guard file may expand. */
  readonly variables: readonly string[];
  readonly hasMongodbUri: boolean;
  /** The commit that runs. */
  readonly commit?: string | undefined;
}

/** What the readers of settings share: the facts, the places that problems belong to, the secrets of the environment. */
export class SettingsContext {
  readonly facts: SettingsFacts;
  readonly problems: Problems;
  /** What the user should know, though it stops nothing. */
  readonly notices: Text[] = [];
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

  /** Something to know about an input that is no problem of the run. */
  notice(message: Text): undefined {
    this.notices.push(message);
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
    const { unmerged, variables } = this.facts;
    const refused = secretText.names.filter((name) => unmerged !== undefined || !variables.includes(name));
    if (refused.length > 0) {
      for (const name of refused) refuseAs(notExpanded(name, unmerged));
      return '';
    }
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

function notExpanded(name: string, unmerged: string | undefined): Omit<Problem, 'where'> {
  if (unmerged !== undefined)
    return {
      code: 'variable-on-unmerged-code',
      message: `names the environment variable ${name}, but ${unmerged}: the guard file of code that is not merged expands none`,
      hint: text`Give the value as an input of the step (${input('targets')}, ${input('headers')}, ${input('bearer-token')}), or run this step on another event.`,
    };
  return {
    code: 'variable-not-allowed',
    message: `names the environment variable ${name}, which the guard file may not expand`,
    hint: text`Write ${input('guard-file-env', name)}.`,
  };
}
