import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { toolPath } from './tools.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** What can be called: inputs (and secrets) by name, and which of them must be given. */
interface Callable {
  inputs: Set<string>;
  required: Set<string>;
  secrets: Set<string>;
}

type Mapping = Record<string, unknown>;
const mapping = (value: unknown): Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};

async function actionAt(path: string): Promise<Callable> {
  const inputs = mapping(mapping(parse(await readFile(join(root, path), 'utf8'))).inputs);
  return {
    inputs: new Set(Object.keys(inputs)),
    required: requiredOf(inputs),
    secrets: new Set(),
  };
}

function requiredOf(inputs: Mapping): Set<string> {
  return new Set(
    Object.entries(inputs).flatMap(([name, input]) => (mapping(input).required === true ? [name] : [])),
  );
}

/** Everything that this repository offers, by what stands between the repository's name and the `@`. */
export async function callables(): Promise<Map<string, Callable>> {
  const found = new Map<string, Callable>([
    ['', await actionAt('action.yml')],
    ['/summary', await actionAt('summary/action.yml')],
    ['/verify', await actionAt('verify/action.yml')],
    ['/alert', await actionAt('alert/action.yml')],
    ['/rollback', await actionAt('rollback/action.yml')],
  ]);
  for (const name of await readdir(join(root, '.github/workflows'))) {
    const on = mapping(mapping(parse(await readFile(join(root, '.github/workflows', name), 'utf8'))).on);
    if (!('workflow_call' in on)) continue;
    const call = mapping(on.workflow_call);
    found.set(`/.github/workflows/${name}`, {
      inputs: new Set(Object.keys(mapping(call.inputs))),
      required: requiredOf(mapping(call.inputs)),
      secrets: new Set(Object.keys(mapping(call.secrets))),
    });
  }
  return found;
}

/**
 * What is wrong with how a workflow uses deploy-guard: things that do not exist, inputs that they do not have,
 * required ones that are missing, a version that is not the present major.
 * @param own whether `./` means this repository
 */
export async function wrongUses(workflow: unknown, own = false): Promise<string[]> {
  const offered = await callables();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const wrong: string[] = [];
  const check = (uses: unknown, given: Mapping, secrets: Mapping, where: string) => {
    const text = String(uses);
    const remote = /^deploy-guard\/deploy-guard(\/[^@]*)?@(.*)$/.exec(text);
    // Called workflows check deploy-guard itself out there.
    const local =
      text === './.deploy-guard-action'
        ? ''
        : own
          ? /^\.(\/.*)$/.exec(text)?.[1]?.replace(/^\/$/, '')
          : undefined;
    if (!remote && local === undefined) return;
    const path = remote ? (remote[1] ?? '') : (local ?? '');
    const callable = offered.get(path);
    if (!callable) {
      wrong.push(`${where}: ${text} does not exist`);
      return;
    }
    if (remote && remote[2] !== `v${version.split('.')[0]}`)
      wrong.push(`${where}: ${text} is not the present major`);
    for (const name of Object.keys(given))
      if (!callable.inputs.has(name)) wrong.push(`${where}: no input ${name}`);
    for (const name of callable.required)
      if (!(name in given)) wrong.push(`${where}: input ${name} is missing`);
    for (const name of Object.keys(secrets))
      if (!callable.secrets.has(name)) wrong.push(`${where}: no secret ${name}`);
  };
  for (const [job, definition] of Object.entries(mapping(mapping(workflow).jobs))) {
    const { uses, steps } = mapping(definition);
    if (uses !== undefined)
      check(uses, mapping(mapping(definition).with), mapping(mapping(definition).secrets), job);
    for (const [index, step] of (Array.isArray(steps) ? steps : []).entries()) {
      check(mapping(step).uses, mapping(mapping(step).with), {}, `${job}, step ${index + 1}`);
    }
  }
  return wrong;
}

/** Runs a linter over workflows, as files of a repository of their own. @returns what it said, empty if all is well */
export async function lintWorkflows(
  tool: 'actionlint' | 'zizmor',
  workflows: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    await mkdir(join(folder, '.github', 'workflows'), { recursive: true });
    await mkdir(join(folder, '.git'));
    for (const name of ['actionlint.yaml', 'zizmor.yml']) {
      await writeFile(join(folder, '.github', name), await readFile(join(root, '.github', name), 'utf8'));
    }
    for (const [name, text] of Object.entries(workflows)) {
      await writeFile(join(folder, '.github', 'workflows', name), text);
    }
    const args =
      tool === 'actionlint'
        ? ['-no-color']
        : ['--offline', '--pedantic', '--no-progress', '--quiet', '--color=never', '.github'];
    return await run(tool, args, { cwd: folder, env: { ...process.env, PATH: toolPath } }).then(
      () => '',
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
