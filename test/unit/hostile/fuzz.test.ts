import { expect, test } from 'vitest';
import { hostileText } from '../../fuzz/hostile.ts';
import { assertUnpolluted, fuzzTarget, runTarget } from '../../fuzz/target.ts';
import { casesOf, TARGETS } from '../../fuzz/targets.ts';

/** The short form of `npm run fuzz`: another seed with each run, printed with what it finds. */
const CASES = 1_500;
const seed = Math.floor(Math.random() * 0x7fffffff);

test.each(TARGETS.map((target) => ({ target, name: target.name, holds: target.holds })))(
  '$name: $holds',
  async ({ target }) => {
    // A busy machine is no hang; the long run keeps the limits.
    const patient = { ...target, limitMs: 20_000 };
    const { found } = await runTarget(patient, { cases: casesOf(target, CASES), seed });
    expect(
      found,
      found && `npm run fuzz -- ${CASES} ${seed} ${target.name}\n${found.counterexample}\n${found.error}`,
    ).toBeUndefined();
  },
);

test('the harness finds what it is there to find', async () => {
  const broken = (name: string, check: (text: string) => void) =>
    runTarget(fuzzTarget({ name, holds: 'nothing', limitMs: 20, arbitrary: hostileText, check }), {
      cases: 200,
      seed: 1,
    });
  const crash = await broken('crash', (text) => {
    if (text.includes('$')) throw new Error('crash');
  });
  expect(crash.found).toMatchObject({ seed: 1, counterexample: expect.stringContaining('$') });
  const hang = await broken('hang', () => {
    const end = performance.now() + 30;
    while (performance.now() < end);
  });
  expect(hang.found?.error).toMatch(/took \d+ ms, more than 20/);
  const pollution = await broken('pollution', () => {
    Reflect.set(Object.prototype, 'polluted', 1);
  });
  expect(pollution.found?.error).toContain('Object.prototype was polluted with polluted');
  expect(() => assertUnpolluted()).not.toThrow();
});
