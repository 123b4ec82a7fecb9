/**
 * Stands in for Vitest while mutants are tried: the tests of the pure parts need `test`, `test.each`, `describe`,
 * `describe.each` and `expect`, and nothing around them. `expect` is Jest's own, which Vitest's copies.
 */
import { format } from 'node:util';
import { expect as jestExpect } from 'expect';

export interface KnownTest {
  /** The same in each process. */
  readonly id: string;
  readonly run: () => unknown;
}

export const tests: KnownTest[] = [];
let path: string[] = [];

/** Collects the tests of one file: its `test` calls come while it is imported. */
export async function collect(file: string, load: () => Promise<unknown>): Promise<void> {
  path = [file];
  await load();
}

export function test(name: string, run: () => unknown): void {
  // Rows of a table may have the same name.
  tests.push({ id: `${tests.length} ${[...path, name].join(' > ')}`, run });
}

export function describe(name: string, define: () => void): void {
  path.push(name);
  define();
  path.pop();
}

type Each<F> = (rows: readonly unknown[]) => (name: string, body: F) => void;

function each<R>(one: (name: string, body: () => R) => void): Each<(...row: never[]) => R> {
  return (rows) => (name, body) => {
    rows.forEach((row, index) => {
      const values = (Array.isArray(row) ? row : [row]) as never[];
      one(format(name.replaceAll('%#', String(index)), ...values), () => body(...values));
    });
  };
}

test.each = each(test);
describe.each = each(describe);

export const expect = jestExpect;
