import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULT_KINDS, planFaults } from '../../support/fault-proxy.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const plan = (seed: number, count = 20) => planFaults(seededRandom(seed), { count, kinds: FAULT_KINDS });

test('the same seed gives the same faults, another seed others', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (one, other) => {
      expect(plan(one)).toEqual(plan(one));
      fc.pre(one !== other);
      expect(plan(one)).not.toEqual(plan(other));
    }),
  );
});

test('every kind comes, and where bytes may be spoiled one way only, they are', () => {
  const faults = planFaults(seededRandom(1), { count: 400, kinds: FAULT_KINDS, spoil: 'down' });
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  const spoiling = faults.filter(({ kind }) => kind === 'garble' || kind === 'duplicate');
  expect(new Set(spoiling.map(({ direction }) => direction))).toEqual(new Set(['down']));
  expect(new Set(faults.map(({ direction }) => direction))).toEqual(new Set(['up', 'down']));
});
