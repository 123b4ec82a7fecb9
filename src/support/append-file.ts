import { appendFileSync } from 'node:fs';
import { withPath } from './errors.ts';

/** Writes to the end of a file that the runner named. @throws Error that names the file */
export function appendFile(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw withPath(error, path);
  }
}
