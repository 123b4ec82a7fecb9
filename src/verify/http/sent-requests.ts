/**
 * What the gate itself has sent, by host and path: the service's own counters hold these requests too. Answers with
 * 5xx are not kept: they are errors of the service, whoever asked.
 */
export class SentRequests {
  readonly #good: ReadonlyMap<string, number>;

  private constructor(good: ReadonlyMap<string, number>) {
    this.#good = good;
  }

  static readonly none = new SentRequests(new Map());

  static of(counts: ReadonlyMap<string, number>): SentRequests {
    return new SentRequests(new Map(counts));
  }

  /** What was sent after an earlier state. */
  since(before: SentRequests): SentRequests {
    return new SentRequests(
      new Map([...this.#good].map(([key, count]) => [key, count - (before.#good.get(key) ?? 0)])),
    );
  }

  /** To one host name. */
  goodTo(hostname: string): number {
    return [...this.#good].reduce(
      (sum, [key, count]) => sum + (key.startsWith(`${hostname} `) ? count : 0),
      0,
    );
  }

  goodByPath(): ReadonlyMap<string, number> {
    const byPath = new Map<string, number>();
    for (const [key, count] of this.#good) {
      const path = key.slice(key.indexOf(' ') + 1);
      byPath.set(path, (byPath.get(path) ?? 0) + count);
    }
    return byPath;
  }
}
