import { ConfigurationError, type Problem } from '../../support/errors.ts';

/** Gathers every problem of the settings, so that all are told at once. */
export class Problems {
  readonly #list: Problem[] = [];

  /** @param where an input's name, or `file:line:column`. */
  add(where: string, message: string, hint?: string): void {
    this.#list.push(hint === undefined ? { where, message } : { where, message, hint });
  }

  get list(): readonly Problem[] {
    return this.#list;
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** @throws ConfigurationError with all problems, where there is one. */
  throwIfAny(): void {
    if (this.any) throw new ConfigurationError(this.#list);
  }
}
