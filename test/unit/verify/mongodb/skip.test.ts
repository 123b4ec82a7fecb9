import { expect, test } from 'vitest';
import { skipOf } from '../../../../src/verify/mongodb/skip.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

test('a command that a server does not know, and has no name for that, is told in its words', () => {
  const privilege = { action: 'getLog', resource: '{ cluster: true }', role: 'r' };
  expect(skipOf(new Error('getLog is not supported'), privilege, () => 'getLog is not supported')).toEqual({
    kind: 'unsupported',
    reason: 'this server has no such command (getLog is not supported)',
  });
});
