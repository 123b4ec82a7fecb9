import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../src/rollback/reversals/batch.ts';
import { runPipeline } from '../../../src/rollback/run/pipeline.ts';

async function* source(count: number, closed: { yes: boolean }): AsyncGenerator<Batch> {
  try {
    for (let number = 1; number <= count; number++)
      yield { number, items: [], refused: [], lastId: undefined };
  } finally {
    closed.yes = true;
  }
}

/** Runs so many batches, each stage taking as long as it is told, and notes when each began and ended. */
async function run(
  count: number,
  times: (stage: string, number: number) => number,
  failAt?: string,
  stopAfter = Number.POSITIVE_INFINITY,
  writers = 1,
) {
  const events: string[] = [];
  const closed = { yes: false };
  let running = 0;
  const stage = async (name: string, number: number) => {
    running += 1;
    events.push(`${name} ${number} begins`);
    await delay(times(name, number));
    running -= 1;
    if (failAt === `${name} ${number}`) throw new Error(failAt);
    events.push(`${name} ${number} ends`);
    return number;
  };
  const result = await runPipeline<number, number>(source(count, closed), {
    prepare: (batch) => stage('prepare', batch.number),
    write: (number) => stage('write', number),
    commit: async (number) => void (await stage('commit', number)),
    writers,
    stop: () => events.filter((event) => /^prepare \d+ ends/.test(event)).length >= stopAfter,
  }).then(
    (complete) => ({ complete }),
    (error: Error) => ({ error: error.message }),
  );
  expect(running).toBe(0);
  expect(closed.yes).toBe(true);
  const at = (event: string) => events.indexOf(event);
  return { result, events, at };
}

describe('the pipeline', () => {
  test('journals before it writes, whatever takes how long, and overlaps the rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        async (count, waits, writers) => {
          const { result, at } = await run(
            count,
            (name, number) => waits[(name.length * 7 + number) % waits.length] ?? 0,
            undefined,
            undefined,
            writers,
          );
          expect(result).toEqual({ complete: true });
          for (let n = 1; n <= count; n++) {
            expect(at(`prepare ${n} ends`)).toBeLessThan(at(`write ${n} begins`));
            expect(at(`write ${n} ends`)).toBeLessThan(at(`commit ${n} begins`));
            expect(at(`commit ${n} ends`)).toBeGreaterThan(0);
            if (n > writers) {
              expect(at(`write ${n - writers} ends`)).toBeLessThan(at(`write ${n} begins`));
            }
            if (n > 1) {
              // A checkpoint speaks for all batches before it.
              expect(at(`write ${n - 1} ends`)).toBeLessThan(at(`commit ${n} begins`));
              expect(at(`commit ${n - 1} ends`)).toBeLessThan(at(`commit ${n} begins`));
            }
            // What a kill leaves to replay is bounded.
            const [unwritten, open] = [n - writers - 1, n - writers - 4];
            if (unwritten > 0) expect(at(`commit ${unwritten} ends`)).toBeLessThan(at(`write ${n} begins`));
            if (open > 0) expect(at(`commit ${open} ends`)).toBeLessThan(at(`prepare ${n} begins`));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('the next batch is journalled while one is written', async () => {
    const { at } = await run(3, (name) => (name === 'write' ? 20 : 1));
    expect(at('prepare 2 begins')).toBeLessThan(at('write 1 ends'));
    expect(at('commit 1 begins')).toBeLessThan(at('write 2 ends'));
  });

  test('two batches are written at once where their order does not count', async () => {
    const { at } = await run(4, (name) => (name === 'write' ? 20 : 1), undefined, undefined, 2);
    expect(at('write 2 begins')).toBeLessThan(at('write 1 ends'));
    expect(at('write 1 ends')).toBeLessThan(at('write 3 begins'));
  });

  test.each([
    ['prepare 3', 1],
    ['write 3', 1],
    ['commit 3', 1],
    ['prepare 3', 2],
    ['write 3', 2],
    ['commit 3', 2],
  ])('a failure in %s ends it, with nothing left running (%i at once)', async (failAt, writers) => {
    const { result, events } = await run(8, () => 1, failAt, undefined, writers);
    expect(result).toEqual({ error: failAt });
    expect(events.some((event) => event.startsWith('write 7'))).toBe(false);
  });

  test('what was written before a batch that failed is checkpointed', async () => {
    const { result, events } = await run(8, (name) => (name === 'write' ? 20 : 1), 'prepare 3', undefined, 2);
    expect(result).toEqual({ error: 'prepare 3' });
    expect(events).toContain('write 2 ends');
    expect(events).toContain('commit 2 ends');
  });

  test('after a read that failed nothing more is written, and what was written is checkpointed', async () => {
    const written: number[] = [];
    const committed: number[] = [];
    async function* broken(): AsyncGenerator<Batch> {
      yield { number: 1, items: [], refused: [], lastId: undefined };
      yield { number: 2, items: [], refused: [], lastId: undefined };
      throw new Error('the cursor is lost');
    }
    const result = runPipeline<number, number>(broken(), {
      prepare: async ({ number }) => number,
      write: async (number) => {
        await delay(20);
        written.push(number);
        return number;
      },
      commit: async (number) => void committed.push(number),
      writers: 1,
      stop: () => false,
    });
    await expect(result).rejects.toThrow('the cursor is lost');
    expect([written, committed]).toEqual([[1], [1]]);
  });

  test('told to stop, it finishes what is in flight and says that there is more', async () => {
    const { result, at, events } = await run(50, () => 1, undefined, 4);
    expect(result).toEqual({ complete: false });
    const written = events.filter((event) => /^write \d+ ends/.test(event)).length;
    expect(written).toBeLessThan(10);
    expect(at(`commit ${written} ends`)).toBeGreaterThan(0);
  });

  test('a batch behind one that could not be written gets no checkpoint', async () => {
    const { result, events } = await run(
      8,
      (name, n) => (name === 'write' && n === 2 ? 20 : 1),
      'write 2',
      undefined,
      2,
    );
    expect(result).toEqual({ error: 'write 2' });
    expect(events).toContain('write 3 ends');
    expect(events.filter((event) => event.startsWith('commit'))).toEqual([
      'commit 1 begins',
      'commit 1 ends',
    ]);
  });
});
