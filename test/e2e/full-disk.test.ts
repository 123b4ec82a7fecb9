import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLimit } from '../chaos/disk.ts';
import { runAction } from '../support/action.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

let slack: SlackServer;
let folder: string;
beforeEach(async () => {
  slack = await startSlackServer();
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-full-disk-'));
});
afterEach(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

test.skipIf(process.platform === 'win32')(
  'where nothing can be written the alert is sent, the step is red, and each error names its file',
  async () => {
    const inputs = {
      mode: 'alert',
      'alert-type': 'high-error-rate',
      title: 'Too many errors',
      state: `file:${join(folder, 'state.json')}`,
      'report-path': join(folder, 'report.json'),
      'slack-token': slack.token,
      'slack-channel': '#alerts',
      'slack-api-url': slack.apiUrl,
    };
    const result = await runAction({ inputs, wrap: withFileLimit(0) });
    expect(slack.messages).toHaveLength(1);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/cannot write the outputs: \/\S+\/output: EFBIG/);
    expect(result.stdout).toMatch(/cannot write the report \/\S+\/report\.json: EFBIG/);
    expect(result.stdout).toMatch(/cannot write the job summary: \/\S+\/summary: EFBIG/);
    expect(result.stdout).toMatch(/The state could not be used \(the file \/\S+\/state\.json: EFBIG/);
    // No lock that nobody gives back, no half of a file.
    expect(await readdir(folder)).toEqual([]);
  },
);
