/** Counts reasons of failures: why measured samples failed, and how often for each reason. */
export class Failures {
  readonly #counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** How many in all. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  addAll(others: Failures): void {
    for (const [reason, count] of others.#counts) this.add(reason, count);
  }

  get any(): boolean {
    return this.#counts.size > 0;
  }

  /** The reasons, the most frequent first, at most three of them. */
  summary(): string {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a);
    const shown = sorted
      .slice(0, 3)
      .map(([reason, count]) => (sorted.length > 1 ? `${count} × ${reason}` : reason));
    const hidden = sorted.length - shown.length;
    return (
      shown.join('; ') + (hidden > 0 ? `; and ${hidden} more ${hidden === 1 ? 'reason' : 'reasons'}` : '')
    );
  }
}
