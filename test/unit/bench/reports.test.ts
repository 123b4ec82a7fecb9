import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reports } from '../../../bench/report/reports.ts';

let root: string;
const results = () => join(root, 'results');
const put = (name: string, json: unknown) =>
  writeFile(join(results(), `${name}.json`), typeof json === 'string' ? json : JSON.stringify(json));
const estimate = (value: number) => ({ value, low: value * 0.9, high: value * 1.1, rounds: 5 });
const size = (orders: number, ms: number) => ({
  orders,
  productMs: estimate(ms),
  migrateMongoMs: estimate(ms / 3),
  ratio: estimate(3),
  ordersASecond: 20_000,
});
const fuzz = { command: 'npm run fuzz -- 100000 1', cases: 100_000, found: 0, targets: [{}, {}] };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'deploy-guard-reports-'));
  await mkdir(results());
  await mkdir(join(root, 'dist'));
  await writeFile(join(root, 'dist', 'main.js'), 'x'.repeat(1_250_000));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('what has no result is not measured yet, and says by which command', async () => {
  const { proof, files } = await reports(root, results());
  expect(proof['proof-fuzz']).toBe('Not measured yet: `npm run fuzz`.');
  expect(proof['proof-rollback']).toBe('Not measured yet: `npm run bench`.');
  expect(proof['proof-summary']).toContain(
    '| [hostile input](#hostile-input) | not measured yet: `npm run fuzz` |',
  );
  expect(Object.keys(files)).toEqual(['README.md']);
});

test('a figure stands with what is wanted, whether it holds, and its command', async () => {
  await put('fuzz', fuzz);
  const { proof } = await reports(root, results());
  expect(proof['proof-fuzz']?.split('\n').slice(2)).toEqual([
    '| cases over 2 targets | 100,000 | ≥ 100,000 | yes | `npm run fuzz -- 100000 1` |',
    '| properties that did not hold | 0 | 0 | yes | `npm run fuzz -- 100000 1` |',
  ]);
  expect(proof['proof-summary']).toContain('| [hostile input](#hostile-input) | all 2 hold |');
  expect(proof['proof-size']).toContain('| 1.3 MB | ≤ 3 MB | yes |');
});

test('a limit that does not hold is said, in the section and at the top', async () => {
  await put('fuzz', { ...fuzz, cases: 99_999, found: 3 });
  const { proof } = await reports(root, results());
  expect(proof['proof-fuzz']).toContain('| 99,999 | ≥ 100,000 | **no** |');
  expect(proof['proof-fuzz']).toContain('| 3 | 0 | **no** |');
  expect(proof['proof-summary']).toContain(
    '0 of 2 hold; **not**: cases over 2 targets (99,999); properties that did not hold (3)',
  );
});

test('a ratio is shown with its interval, and without one where it has none', async () => {
  const row = (variant: string, ratio: number) => ({
    variant,
    cache: 'kept',
    wholeMs: estimate(100),
    wholeOverFetch: estimate(1),
    wholeOverHttpGet: estimate(ratio),
  });
  await put('startup', { command: 'x', rows: [row('as shipped', 2), row('one file', 4)] });
  const start = (await reports(root, results())).proof['proof-startup'] ?? '';
  expect(start).toContain('bundle as shipped | 2 [1.8 – 2.2] | ≤ 3 | yes |');
  // What is not shipped has no limit to hold.
  expect(start).toContain('bundle one file | 4 [3.6 – 4.4] |');
  expect(start).not.toContain('**no**');
  await put('startup', { command: 'x', rows: [row('as shipped', 3.5)] });
  expect((await reports(root, results())).proof['proof-startup']).toContain('≤ 3 | **no** |');

  const bare = { orders: 1_000, fasterThanL4: 1.3, fasterThanL5: estimate(7) };
  await put('rollback', { command: 'x', engine: 'x', throughput: bare });
  const rollback = (await reports(root, results())).proof['proof-rollback'] ?? '';
  expect(rollback).toContain('| 1.3 |');
  expect(rollback).toContain('| 7 [6.3 – 7.7] |');
});

test('sizes are drawn: both axes named with their unit, logarithmic, readable in the dark', async () => {
  await put('rollback-sizes', { command: 'x', sizes: [size(1_000, 50), size(200_000, 9_000)] });
  const { files, proof } = await reports(root, results());
  const svg = files['rollback-sizes.svg'] ?? '';
  for (const text of ['orders', 'time, ms', '1,000', '200,000', 'deploy-guard', 'prefers-color-scheme:dark'])
    expect(svg).toContain(text);
  // A decade is as long as the next: the labels of 100, 1,000 and 10,000 are there.
  for (const decade of ['>100<', '>1,000<', '>10,000<']) expect(svg).toContain(decade);
  expect(svg).not.toContain('<script');
  expect(proof['proof-rollback']).toContain('(../bench/results/rollback-sizes.svg)');
  expect(files['README.md']).toContain('(rollback-sizes.svg)');
  expect((await reports(root, results())).files['rollback-sizes.svg']).toBe(svg);
});

test('a busy machine is named', async () => {
  const machine = { cores: 2, memoryGb: 8, node: 'v24.0.0', loadAtTheEnd: 9 };
  await put('rollback-sizes', { command: 'x', machine, engine: 'mongod 8', sizes: [size(1_000, 50)] });
  expect((await reports(root, results())).proof['proof-machine']).toMatch(
    /^Machine: 2 cores, 8 GB of memory, Node v24.0.0. MongoDB: mongod 8. .*other work.*rollback-sizes \(load 9\)/,
  );
});

test.each([
  ['a key that is missing', { command: 'x', cases: 1, found: 0 }, /fuzz\.json: .*targets/s],
  ['text that is no JSON', '{', /JSON/],
])('a result with %s is an error', async (_what, json, message) => {
  await put('fuzz', json);
  await expect(reports(root, results())).rejects.toThrow(message);
});
