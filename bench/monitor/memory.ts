import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { routeTemplate } from '../../src/monitor/requests/route-template.ts';
import { RequestTracker } from '../../src/monitor/requests/tracker.ts';
import { QUICK, sized } from '../support/results.ts';
import { pathOf } from './paths.ts';

const PATHS = 100_000;
const FIRST = 10_000;
const LAST = sized(10_000_000, 1_000_000);
const WARM_UP = sized(2_000_000, 200_000);
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
  const child = spawn(
    process.execPath,
    ['--expose-gc', fileURLToPath(import.meta.url), ...(QUICK ? ['--quick'] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(child, 'close');
  return JSON.parse(text) as Memory;
}

function run(): Memory {
  const paths = Array.from({ length: PATHS }, (_, index) => pathOf(index));
  // With a tracker that is thrown away, so that what V8 takes for compiled code is not counted as growth.
  const warmUp = newTracker();
  for (let from = 0; from < WARM_UP; from += FIRST) drive(warmUp, paths, from, from + FIRST);
  const measured = newTracker();
  drive(measured, paths, 0, FIRST);
  const first = held();
  for (let from = FIRST; from < LAST; from += FIRST) drive(measured, paths, from, from + FIRST);
  const last = held();
  return { first, last, requests: LAST, paths: PATHS, routes: measured.tracker.routes.tracked };
}

interface Driven {
  readonly tracker: RequestTracker;
  /** Ten milliseconds a request: the window turns over thousands of times. */
  readonly clock: { now: number };
}

function newTracker(): Driven {
  const clock = { now: 0 };
  return { clock, tracker: new RequestTracker({ windowMs: 60_000, maxRoutes: 100, now: () => clock.now }) };
}

function drive({ tracker, clock }: Driven, paths: readonly string[], from: number, to: number): void {
  for (let done = from; done < to; done++) {
    const startedAt = tracker.start();
    clock.now += 10;
    tracker.finish(startedAt, 'GET', routeTemplate(paths[done % PATHS] ?? '/'), false, 200, false);
  }
  tracker.statistics();
}

function held(): Memory['first'] {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / MB, heldMb: (heapUsed + external) / MB };
}

if (import.meta.main) console.log(JSON.stringify(run()));
