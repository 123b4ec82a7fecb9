import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const path = join(import.meta.dirname, '../../docs/schema/report.schema.json');
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(path, 'utf8')) as object,
);

/** What is wrong with a report by its published schema; undefined where nothing is. */
export function reportProblem(report: unknown): string | undefined {
  if (validate(report)) return undefined;
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`).join('; ');
}
