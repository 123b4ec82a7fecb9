import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { gateAnswers, monitorAnswers } from './monitor-answers.ts';

/** Every JSON Schema of the monitor's endpoints, by its file name in docs/schema/. */
export function monitorSchemas(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, { path, schema }] of Object.entries({ ...monitorAnswers, ...gateAnswers })) {
    // `input`: further fields are allowed, so that a newer monitor still fits an older schema.
    const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
    const title = name.startsWith('gate-') ? `What the gate reads of GET ${path}` : `GET ${path}`;
    files.set(`monitor-${name}.schema.json`, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`);
  }
  return files;
}

if (import.meta.main) {
  for (const [name, text] of monitorSchemas()) {
    await writeFile(new URL(`../../docs/schema/${name}`, import.meta.url), text);
  }
}
