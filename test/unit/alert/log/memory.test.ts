import { expect, test } from 'vitest';
import { parseMemory } from '../../../../src/alert/log/memory.ts';

test('an entry whose time is beyond the calendar is left out, and the run continues', () => {
  const entry = {
    at: 8.64e15 + 1,
    event: 'firing',
    fingerprint: 'a',
    type: 't',
    severity: 'error',
    source: 's',
    check: 'c',
    title: 't',
    rule: 'r',
    channels: {},
  };
  expect(parseMemory({ version: 1, alerts: [], history: [entry] })).toMatchObject({
    dropped: 1,
    memory: { history: [] },
  });
});
