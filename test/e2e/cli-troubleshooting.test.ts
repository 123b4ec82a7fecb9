import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { variableOf } from '../../src/cli/arguments/environment.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { runCli } from '../support/cli.ts';
import { type HttpTarget, startHttpTarget } from '../support/http-target.ts';
import { TROUBLESHOOTING_CASES } from '../support/troubleshooting-cases.ts';

/** Texts of docs/TROUBLESHOOTING.md, as the command line really prints them. */
let target: HttpTarget;
let folder = '';
beforeAll(async () => {
  target = await startHttpTarget();
  folder = await mkdtemp(join(tmpdir(), 'troubleshooting-'));
});
afterAll(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});
const document = await readFile(new URL('../../docs/TROUBLESHOOTING.md', import.meta.url), 'utf8');

test.each(TROUBLESHOOTING_CASES)('$heading', async ({ heading, args, env, files }) => {
  expect(document).toContain(`### \`${heading}\`\n`);
  for (const [name, text] of Object.entries(files ?? {})) await writeFile(join(folder, name), text);
  const run = await runCli(
    args.map((word) => word.replace('URL', `${target.url}/`).replace('FOLDER', folder)),
    { env: { ...env } },
  );
  // An input is called by its option or variable here, as the document says.
  const [, input] = /^([a-z-]+): /.exec(heading) ?? [];
  const definition = input === undefined ? undefined : ALL_INPUTS[input];
  const name = definition === undefined ? '' : definition.secret ? variableOf(input ?? '') : `--${input}`;
  const shown = definition === undefined ? heading : heading.replace(/^[a-z-]+/, name);
  const pattern = shown.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  expect(run.stdout + run.stderr).toMatch(new RegExp(pattern.join('[\\s\\S]*?')));
});
