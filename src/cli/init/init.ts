import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_CONFIG } from '../../settings/inputs/common.ts';
import { EXIT_CODES, USAGE } from '../session/exit-codes.ts';
import { jsonText } from '../session/json-text.ts';
import type { Session } from '../session/session.ts';
import { gatherAnswers } from './answers.ts';
import { guardFileText } from './guard-file.ts';
import { secretsOf, workflowPath, workflowText } from './workflows.ts';

/** Writes a guard file and workflows. Existing files are kept, and listed. */
export async function init(session: Session): Promise<number> {
  const { terminal, options } = session;
  const { outPaint: paint } = terminal;
  const answers = await gatherAnswers(session);
  if ('problems' in answers) {
    for (const problem of answers.problems)
      terminal.err(`${terminal.errPaint('red', 'error:')} ${problem}\n`);
    return USAGE;
  }
  const folder = resolve(terminal.cwd, options.get('folder') ?? '.');
  const files: [path: string, text: string][] = [
    [DEFAULT_CONFIG, guardFileText(answers)],
    ...answers.workflows.map((name): [string, string] => [workflowPath(name), workflowText(name, answers)]),
  ];
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of files) {
    if (await writeNew(join(folder, path), text)) written.push(path);
    else kept.push(path);
  }
  const secrets = [
    ...(answers.workflows.length > 0 ? secretsOf(answers) : []),
    ...(answers.workflows.includes('plan')
      ? [{ name: 'MONGODB_URI_READ_ONLY', what: 'the same database, a user that may only read' }]
      : []),
  ];
  if (session.json) {
    terminal.out(jsonText({ schema: 'deploy-guard.init/v1', folder, written, kept, secrets }));
    return EXIT_CODES.success;
  }
  for (const path of written) terminal.out(`${paint('green', 'written')}     ${path}\n`);
  for (const path of kept) terminal.out(`${paint('yellow', 'left alone')}  ${path}: it exists already\n`);
  if (secrets.length > 0) {
    terminal.out('\nSecrets that the workflows read:\n');
    for (const { name, what } of secrets) terminal.out(`  gh secret set ${name}   # ${what}\n`);
  }
  terminal.out(
    '\nNext: `deploy-guard doctor` checks what is missing, `deploy-guard verify` tries the guard file.\n',
  );
  return EXIT_CODES.success;
}

/** Whether it was written; false if the file exists, whatever its content. */
async function writeNew(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    // `wx` leaves the decision to the file system: nothing can slip in between a check and the write.
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
