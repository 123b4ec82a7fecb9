import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { proofTable } from '../../../bench/proof.ts';

const folder = await mkdtemp(join(tmpdir(), 'proof-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a claim without a result is shown as not measured', async () => {
  expect(await proofTable(join(folder, 'nothing'))).toContain('| not measured | = 0 |');
});

test('a limit that does not hold is shown, with the interval of its ratio', async () => {
  const wallMs = { ratio: { value: 1.42, low: 1.31, high: 1.5 } };
  await writeFile(join(folder, 'verify.json'), JSON.stringify({ verify: { load: { wallMs } } }));
  await writeFile(join(folder, 'kills.json'), JSON.stringify({ wrongDocuments: 0 }));
  const table = await proofTable(folder);
  expect(table).toContain('| 1.42 [1.31 – 1.5] | ≤ 1.3 **does not hold** |');
  expect(table).toMatch(/500 kills.* \| 0 \| = 0 \|/);
});
