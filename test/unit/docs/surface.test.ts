import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generated } from '../../../scripts/generate/generate.ts';
import { OUTPUTS } from '../../../src/report/outputs.ts';
import { ALL_INPUTS } from '../../../src/settings/settings.ts';

/** action.yml, the zod tables and the README name the same inputs and outputs, with the same defaults. */
const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface ActionFile {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: { using: string; main: string };
  branding: { icon: string; color: string };
}
const action = parse(await read('action.yml')) as ActionFile;
const readme = await read('README.md');

/** name → default, from the README's tables. */
const rows = new Map(
  [...readme.matchAll(/^\| `([a-z-]+)` \| .*? \| (.*?) \| .+ \|$/gm)].map((row) => [
    row[1] ?? '',
    (row[2] ?? '').replaceAll('`', ''),
  ]),
);

describe('inputs', () => {
  test('action.yml names the inputs that are read, and no others', () => {
    expect(Object.keys(action.inputs).sort()).toEqual(Object.keys(ALL_INPUTS).sort());
  });

  test.each(Object.entries(ALL_INPUTS))('%s has the same default everywhere', (name, input) => {
    const shown = input.required ? 'required' : (input.actionDefault ?? input.default ?? '');
    expect(rows.get(name)).toBe(shown);
    const inAction = action.inputs[name];
    expect(inAction?.required ?? false).toBe(input.required ?? false);
    expect(inAction?.default).toBe(input.actionDefault ?? (input.inGuardFile ? undefined : input.default));
    // GitHub would send the default as if the user had written it, and it would win over the guard file.
    if (input.inGuardFile && input.default)
      expect(inAction?.description).toContain(`Default: ${input.default}.`);
  });

  test.each(Object.entries(ALL_INPUTS).filter(([, input]) => input.default !== undefined))(
    'the default of %s is a value that it accepts',
    (_name, input) => expect(input.schema.safeParse(input.default).success).toBe(true),
  );

  test('the names and defaults that the interface fixes', () => {
    const fixed: Record<string, string | undefined> = {
      mode: undefined,
      config: undefined,
      environment: 'production',
      'dry-run': 'auto',
      state: 'auto',
      'state-database': 'deploy_guard',
      'show-summary': 'true',
      'expected-status': '200-299',
      'version-path': '/version',
      samples: '10',
      warmup: '2',
      interval: '1s',
      timeout: '10s',
      'initial-delay': '0s',
      'wait-timeout': '5m',
      'fail-on': 'fail,inconclusive,error',
      'repeat-interval': '4h',
      'send-resolved': 'true',
      'fail-on-delivery-error': 'true',
      'batch-size': '500',
      'max-duration': '30m',
      'on-conflict': 'fail',
    };
    for (const [name, value] of Object.entries(fixed))
      expect([name, ALL_INPUTS[name]?.default]).toEqual([name, value]);
  });
});

test('outputs are the same everywhere', () => {
  expect(Object.keys(action.outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
  for (const name of Object.keys(OUTPUTS)) expect(readme).toContain(`| \`${name}\` | `);
});

test('the action runs on Node 24 and has branding', () => {
  expect(action.runs).toEqual({ using: 'node24', main: 'dist/main.js' });
  expect(action.branding).toEqual({ icon: 'shield', color: 'green' });
});

test.each(Object.entries(await generated()))('%s is what `npm run generate` writes', async (path, text) => {
  expect(await read(path)).toBe(text);
});
