import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { StateChoice } from '../../settings/inputs/common.ts';
import { messageOf } from '../../support/errors.ts';
import { about, type Finding } from './finding.ts';

/** Where alert history and baselines outlive a run. Writes nothing. */
export async function checkState(
  choice: StateChoice,
  has: { mongodb: boolean; channels: boolean },
  stateDatabase: string,
): Promise<Finding> {
  const { ok, warning, failed, notConfigured } = about('state', 'State');
  if (choice.kind === 'file') return checkFile(resolve(choice.path));
  if (choice.kind === 'mongodb' && !has.mongodb)
    return failed(
      'is `mongodb`, but there is no connection string',
      'Set MONGODB_URI, or write --state file:PATH.',
    );
  if (choice.kind !== 'none' && has.mongodb) return ok(`is kept in MongoDB, database ${stateDatabase}`);
  const todo = 'Set MONGODB_URI, or write --state file:PATH and let the workflow cache that file.';
  return has.channels
    ? warning('none: every run would send the same alerts again', todo)
    : notConfigured(todo);
}

async function checkFile(path: string): Promise<Finding> {
  const { ok, failed } = about('state', 'State');
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing === undefined) {
      const folder = await nearestFolder(dirname(path));
      if (!(await stat(folder)).isDirectory())
        return failed(`${folder} is not a folder`, 'Write --state file:PATH below a folder.');
      await access(folder, constants.W_OK);
      return ok(`the file ${path} does not exist yet, and can be made`);
    }
    if (!existing.isFile())
      return failed(`${path} is not a file`, 'Write --state file:PATH with the path of a file.');
    await access(path, constants.R_OK | constants.W_OK);
    JSON.parse(await readFile(path, 'utf8'));
    return ok(`is kept in the file ${path}`);
  } catch (error) {
    return error instanceof SyntaxError
      ? failed(`the file ${path} is not JSON`, 'Delete it; the next run begins a new one.')
      : failed(
          `the file ${path} cannot be used: ${messageOf(error)}`,
          'Choose a path that this user may write to.',
        );
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  const parent = dirname(folder);
  return found !== undefined || parent === folder ? folder : nearestFolder(parent);
}
