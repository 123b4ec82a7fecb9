import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** PATH with the folders where Go and pip put what .ci/tools installs. */
export const toolPath = [
  process.env.PATH ?? '',
  join(homedir(), 'go', 'bin'),
  join(homedir(), '.local', 'bin'),
].join(delimiter);

/** Why a test that needs a tool is skipped; undefined where the tool is here. */
export function missingTool(name: string, how: string): string | undefined {
  const found = spawnSync(name, ['--version'], { env: { ...process.env, PATH: toolPath }, stdio: 'ignore' });
  if (found.error === undefined) return undefined;
  const reason = `needs ${name}, which is not here (${how})`;
  console.error(`skipped: ${reason}`);
  return reason;
}
