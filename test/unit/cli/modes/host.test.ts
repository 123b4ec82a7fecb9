import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminalHost } from '../../../../src/cli/modes/host.ts';
import { Progress } from '../../../../src/cli/terminal/progress.ts';
import { silentTerminal } from '../../../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-host-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hostIn(env: Record<string, string>, mode = 'verify') {
  const terminal = silentTerminal({ env, cwd: folder });
  return terminalHost({
    terminal,
    progress: new Progress(terminal),
    signal: new AbortController().signal,
    loudness: 'normal',
    mode,
    input: () => undefined,
    onSummary: () => undefined,
    onOutput: () => undefined,
    hideClosingLine: () => false,
  });
}

test('an output of several lines cannot become outputs of its own', () => {
  const path = join(folder, 'output');
  writeFileSync(path, '');
  const host = hostIn({ GITHUB_OUTPUT: path });
  host.output('verdict', 'fail');
  host.output('cause', 'a\nverdict=pass');
  expect(readFileSync(path, 'utf8')).toMatch(
    /^verdict=fail\ncause<<(end-[0-9a-f-]{36})\na\nverdict=pass\n\1\n$/,
  );
});

test('in a job the report goes to the folder of the job, and no run takes the place of another', () => {
  const path = () => hostIn({ RUNNER_TEMP: folder }).defaultReportPath;
  expect(path()).toMatch(/[\\/]deploy-guard-report-[0-9a-f]{8}\.json$/);
  expect(path().startsWith(folder)).toBe(true);
  expect(path()).not.toBe(path());
  expect(hostIn({}).defaultReportPath).toMatch(
    /deploy-guard-[\w.-]+[\\/]deploy-guard-report-[0-9a-f]{8}\.json$/,
  );
});
