import { describe, expect, test } from 'vitest';
import { nodeProblem, OLDEST_NODE } from '../../../src/support/node-version.ts';

describe('versions of Node', () => {
  test.each(['22.19.0', '22.20.1', '24.0.0', '26.1.0'])('%s will do', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });
  test.each(['22.18.9', '20.20.2', '18.0.0', '8.1.0'])('%s gets one sentence', (version) => {
    expect(nodeProblem(version)).toBe(
      `this is Node ${version}, and Node ${OLDEST_NODE} or newer is needed; install Node 24 (https://nodejs.org) and try again.`,
    );
  });
});
