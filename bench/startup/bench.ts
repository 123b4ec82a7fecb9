/**
 * `npm run bench:startup [-- --quick]`: what each choice in building the bundle is worth to the smallest verify, from
 * the start of its process to its first request and to its end. Builds every variant, runs all of them in turn,
 * and compares within each round: what else runs on the machine meets all alike. Writes
 * bench/results/startup.json and startup.md.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, buildAction } from '../../scripts/build/build.ts';
import { type Estimate, estimate, METHOD } from '../support/figures.ts';
import { type Machine, machine, machineLine, save, sized } from '../support/results.ts';
import { type Started, start } from './start.ts';

const rounds = sized(40, 2);

interface Variant {
  readonly name: string;
  readonly build: BuildOptions;
  /** Every run loads what only some need: driver, mailer, client of GitHub, pages. */
  readonly eager?: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: 'as shipped', build: {} },
  { name: 'with names kept', build: { keepNames: true } },
  { name: 'HTTP/2 loaded at once', build: { lazyHttp2: false } },
  { name: "esbuild's own chunks", build: { layout: 'shared' } },
  { name: 'one file', build: { layout: 'one-file' } },
  { name: 'nothing loaded on demand', build: {}, eager: true },
];
/** `kept`: a step after the first of a job; `empty`: the first one; `off`: no compile cache at all. */
const CACHES = ['kept', 'empty', 'off'] as const;

/** What a run is compared with: Node doing nothing, and one request by either client that Node brings. */
const BARE = {
  nothing: () => ['-e', '0'],
  fetch: (url: string) => ['-e', `fetch(${JSON.stringify(url)}).then((answer) => answer.text())`],
  'http.get': (url: string) => [
    '-e',
    `require('node:http').get(${JSON.stringify(url)}, { agent: false }, (answer) => answer.resume())`,
  ],
} as const;

interface Row {
  readonly variant: string;
  readonly cache: (typeof CACHES)[number];
  /** Start of the process to the first request, over `node -e 0` from start to end. */
  readonly firstRequestOverBareMs: Estimate;
  readonly wholeMs: Estimate;
  readonly wholeOverFetch: Estimate;
  readonly wholeOverHttpGet: Estimate;
}

const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-startup-'));
let arrivedAt: number | undefined;
const server = createServer((_request, response) => {
  arrivedAt ??= performance.now();
  response.end('ok');
});
try {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const places = await buildAll();
  const times = await measure(url, places);
  const rows = VARIANTS.flatMap(({ name }) => CACHES.map((cache) => rowOf(times, name, cache)));
  const result = {
    command: 'npm run bench:startup',
    machine: machine(),
    method: METHOD,
    bareMs: estimate(column(times, 'nothing', 'wholeMs')),
    fetchMs: estimate(column(times, 'fetch', 'wholeMs')),
    httpGetMs: estimate(column(times, 'http.get', 'wholeMs')),
    rows,
  };
  await save('startup', result, markdown(result));
} finally {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
}

/** @returns the main.js of each variant */
async function buildAll(): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const [index, { name, build, eager }] of VARIANTS.entries()) {
    const place = join(folder, `variant-${index}`);
    // As in the repository: without it Node would look for the format of each file.
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), '{"type":"module"}\n');
    const { outputs } = await buildAction(join(place, 'dist'), build);
    const main = join(place, 'dist/main.js');
    if (eager) {
      const onDemand = Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
        entryPoint?.startsWith('src/') && path.includes('/chunks/') && entryPoint !== 'src/action.ts'
          ? `./${path.slice(path.lastIndexOf('chunks/'))}`
          : [],
      );
      const text = await readFile(main, 'utf8');
      const all = `await Promise.all(${JSON.stringify(onDemand)}.map((path) => import(path)));\n`;
      await writeFile(main, text.replace('await import(', `${all}await import(`));
    }
    places.set(name, main);
  }
  return places;
}

async function measure(url: string, places: ReadonlyMap<string, string>): Promise<Map<string, Started[]>> {
  const times = new Map<string, Started[]>();
  const run = async (name: string, args: readonly string[], env: Record<string, string> = {}) => {
    arrivedAt = undefined;
    const started = await start(args, env, () => arrivedAt);
    times.set(name, [...(times.get(name) ?? []), started]);
  };
  const verify = async (name: string, main: string, cache: (typeof CACHES)[number], count = true) => {
    const temporary = join(folder, 'temp', cache === 'kept' ? name : 'fresh');
    if (cache !== 'kept') await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    for (const file of ['output', 'summary']) await writeFile(join(folder, file), '');
    await run(count ? `${name}, ${cache}` : 'not counted', [main], {
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      RUNNER_TEMP: temporary,
      INPUT_MODE: 'verify',
      INPUT_TARGETS: url,
      INPUT_SAMPLES: '1',
      INPUT_WARMUP: '0',
      INPUT_INTERVAL: '0s',
      ...(cache === 'off' ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}),
    });
  };
  for (const [name, main] of places) await verify(name, main, 'kept', false);
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(BARE)) await run(name, args(url));
    for (const [name, main] of places) for (const cache of CACHES) await verify(name, main, cache);
  }
  return times;
}

function column(times: ReadonlyMap<string, Started[]>, name: string, key: keyof Started): number[] {
  return (times.get(name) ?? []).map((started) => started[key]);
}

function rowOf(times: ReadonlyMap<string, Started[]>, variant: string, cache: Row['cache']): Row {
  const name = `${variant}, ${cache}`;
  const whole = column(times, name, 'wholeMs');
  const against = (other: string, compare: (mine: number, theirs: number) => number, mine = whole) => {
    const theirs = column(times, other, 'wholeMs');
    return estimate(mine.map((value, round) => compare(value, theirs[round] ?? Number.NaN)));
  };
  return {
    variant,
    cache,
    firstRequestOverBareMs: against('nothing', (a, b) => a - b, column(times, name, 'firstMs')),
    wholeMs: estimate(whole),
    wholeOverFetch: against('fetch', (a, b) => a / b),
    wholeOverHttpGet: against('http.get', (a, b) => a / b),
  };
}

function markdown(result: {
  readonly machine: Machine;
  readonly bareMs: Estimate;
  readonly fetchMs: Estimate;
  readonly httpGetMs: Estimate;
  readonly rows: readonly Row[];
}): string {
  const show = ({ value, low, high }: Estimate, digits: number) =>
    `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
  const lines = result.rows.map(
    (row) =>
      `| ${row.variant} | ${row.cache} | ${show(row.firstRequestOverBareMs, 0)} ms | ${show(row.wholeMs, 0)} ms | ${show(row.wholeOverFetch, 2)} | ${show(row.wholeOverHttpGet, 2)} |`,
  );
  return `# Start-up: measured

\`npm run bench:startup\`, ${rounds} rounds, ${machineLine(result.machine)}. ${METHOD}

Wanted: the first request at most 80 ms after \`node -e 0\` would be over, with the compile cache kept or empty; a whole run at most 3 times Node with one request. The fair comparison is \`fetch\`: like verify it is undici, with pools and timeouts; \`http.get\` is the least that Node can do.

\`node -e 0\` takes ${show(result.bareMs, 0)} ms, one request by \`fetch\` ${show(result.fetchMs, 0)} ms, by \`http.get\` ${show(result.httpGetMs, 0)} ms.

| bundle | compile cache | first request, over bare node | whole run | over \`fetch\` | over \`http.get\` |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}
