import { expect, test } from 'vitest';
import { checkNode } from '../../../../src/cli/doctor/node.ts';

test.each([
  ['24.21.0', 'ok'],
  ['22.20.0', 'ok'],
  ['25.1.0', 'warning'],
])('Node %s is %s', (version, status) => {
  expect(checkNode(version).status).toBe(status);
});
