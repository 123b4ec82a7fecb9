import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { routeTemplate } from '../../src/monitor/requests/route-template.ts';
import { RequestTracker } from '../../src/monitor/requests/tracker.ts';

const PATHS = 100_000;
const FIRST = 10_000;
const LAST = 10_000_000;
const WARM_UP = 500_000;
const MB = 2 ** 20;

export interface Memory {
  /** Resident memory and memory that JavaScript holds, MB, after the first and after the last requests. */
  readonly first: { readonly rssMb: number; readonly heldMb: number };
  readonly last: { readonly rssMb: number; readonly heldMb: number };
  readonly requests: number;
  readonly paths: number;
  readonly routes: number;
}

/** Runs in a process of its own, so that nothing else of the bench is counted. */
export async function memory(): Promise<Memory> {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(child, 'close');
  return JSON.parse(text) as Memory;
}

/** Names without digits: no two fall under one template, so every one asks for a row of its own. */
function pathOf(index: number): string {
  const name = index.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? 'q');
  // Out of bytes, so that the text takes its final form now and not when it is first read.
  return Buffer.from(`/made-up/${name}`).toString('latin1');
}

function run(): Memory {
  const paths = Array.from({ length: PATHS }, (_, index) => pathOf(index));
  // With a tracker that is thrown away, so that what V8 takes to compile the code is not counted as growth.
  load(paths).upTo(WARM_UP);
  const { tracker, upTo } = load(paths);
  const first = upTo(FIRST);
  const last = upTo(LAST);
  return { first, last, requests: LAST, paths: PATHS, routes: tracker.routes.tracked };
}

function load(paths: readonly string[]) {
  // A clock of its own, ten milliseconds a request: the window turns over thousands of times.
  let now = 0;
  let done = 0;
  const tracker = new RequestTracker({ windowMs: 60_000, maxRoutes: 100, now: () => now });
  const upTo = (requests: number): Memory['first'] => {
    for (; done < requests; done++) {
      const startedAt = tracker.start();
      now += 10;
      tracker.finish(startedAt, 'GET', routeTemplate(paths[done % PATHS] ?? '/'), false, 200, false);
      if (done % 100_000 === 0) tracker.statistics();
    }
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssMb: rss / MB, heldMb: (heapUsed + external) / MB };
  };
  return { tracker, upTo };
}

if (import.meta.main) console.log(JSON.stringify(run()));
