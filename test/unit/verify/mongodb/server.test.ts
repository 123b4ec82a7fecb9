import { expect, test } from 'vitest';
import { topologyOf } from '../../../../src/verify/mongodb/server.ts';
import { ask, healthy, server } from './builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

test('a feature compatibility version that is told as a text alone is read', async () => {
  const { server: read } = await ask(
    server({ ...healthy, getParameter: () => ({ featureCompatibilityVersion: '3.4' }) }),
  );
  expect(read.compatibility).toEqual({ ok: true, value: { version: '3.4' } });
});

test('a member that is not the primary and does not tell its name is told as such', () => {
  expect(topologyOf({ setName: 'rs0', isWritablePrimary: false, primary: 'a:27017' })).toMatchObject({
    primary: true,
    secondary: 'a member that is not the primary',
  });
});
