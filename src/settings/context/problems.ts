import { ConfigurationError } from '../../support/errors.ts';
import type { Problem } from '../../support/problem.ts';

/** Collects every problem of the settings, so that all are reported at once. */
export class Problems {
  readonly #list: Problem[] = [];

  add(problem: Problem): void {
    this.#list.push(problem);
  }

  get list(): readonly Problem[] {
    return this.#list;
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** @throws ConfigurationError with all problems, if there is one. */
  throwIfAny(): void {
    if (this.any) throw new ConfigurationError(this.#list);
  }
}
