import { stat, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '../../src/report/schema.ts';
import { type ActionResult, startAction } from '../support/action.ts';
import type { Chance } from '../support/seeded-random.ts';
import { type FullDisk, mountFullDisk, withFileLimit } from './disk.ts';
import { reportProblem } from './report-schema.ts';
import type { World } from './world.ts';

/** After the signal GitHub waits 7.5 s and 2.5 s more, then it kills. */
const AFTER_SIGNAL_MS = 10_000;

/** How much longer everything takes where more wants to run than there are cores; 1 on a quiet machine. */
const busy = () => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

export type DiskFault = 'limit-0' | 'limit-1k' | 'report' | 'summary' | 'state' | 'device';

/** How one process of the guard is started, and what happens to it. */
export interface GuardOptions {
  label: string;
  inputs: Record<string, string>;
  env?: Record<string, string>;
  /** it must have ended by itself within this */
  limitMs: number;
  kill?: KillPoint | undefined;
  /** offsets of its wall clock, by milliseconds since its start */
  clock?: readonly (readonly [at: number, offset: number])[];
  disk?: DiskFault | undefined;
}

/** When so many bytes have left on a link, or at the latest after a time. */
export interface KillPoint {
  signal: 'SIGKILL' | 'SIGTERM';
  link?: string;
  bytes: number;
  afterMs: number;
}

/** What one process left behind; `result` is missing where it could not even be read. */
export interface GuardRun {
  result: ActionResult | undefined;
  report: Report | undefined;
  /** the signal that it was sent, if it was still running */
  killed: NodeJS.Signals | undefined;
  diskFull: boolean;
}

/** Starts the bundle, lets happen to it what is told, and checks what must hold of every process. */
export async function runGuard(world: World, options: GuardOptions): Promise<GuardRun> {
  const breach = (text: string) => world.breach(`${options.label}: ${text}`);
  const disk = await prepareDisk(world, options);
  const clock = options.clock ?? [];
  const inputs = {
    'report-path': join(world.folder, `report-${world.nextNumber()}.json`),
    ...options.inputs,
  };
  Object.assign(inputs, disk.inputs);
  const started = await startAction({
    inputs,
    env: {
      GITHUB_REPOSITORY: 'example/shop',
      NODE_EXTRA_CA_CERTS: world.caFile,
      ...(clock.length === 0
        ? {}
        : {
            NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'clock.mjs')).href}`,
            CHAOS_CLOCK: JSON.stringify(clock),
          }),
      ...options.env,
      ...disk.env,
    },
    timeoutMs: options.limitMs * busy(),
    ...(disk.wrap === undefined ? {} : { wrap: disk.wrap }),
  });
  let killed: NodeJS.Signals | undefined;
  let killedAt = 0;
  const kill = () => {
    if (killed !== undefined || options.kill === undefined) return;
    if (started.child.exitCode !== null || started.child.signalCode !== null) return;
    killed = options.kill.signal;
    killedAt = performance.now();
    started.child.kill(killed);
  };
  const timer = options.kill ? setTimeout(kill, options.kill.afterMs) : undefined;
  const link = world.links.find(({ name }) => name === options.kill?.link);
  const { kill: point } = options;
  if (link && point) {
    link.proxy.onPassed = ({ up }) => {
      if (up >= point.bytes) kill();
    };
  }
  try {
    const result = await started.result;
    if (killed === 'SIGTERM' && performance.now() - killedAt > AFTER_SIGNAL_MS * busy()) {
      breach(`took ${Math.round(performance.now() - killedAt)} ms to end after SIGTERM`);
    }
    const report = result.report as Report | undefined;
    const run: GuardRun = { result, report, killed, diskFull: disk.full };
    // The driver's own sockets may outlive a connection that never came about; the guard ends itself then.
    if (/something keeps the process alive/.test(result.stderr)) {
      world.count('ended by its own limit');
      const calm = world.links.every(({ proxy }) => proxy.injected.length === 0);
      if (calm && busy() < 2) breach('something kept it alive');
    }
    checkEnd(breach, run, disk);
    world.lookForSecrets(options.label, result);
    if (process.env.CHAOS_SHOW)
      console.error(
        `--- ${options.label} (${killed ?? result.exitCode}, ${Math.round(result.durationMs)} ms)\n${result.stdout}${result.stderr}`,
      );
    return run;
  } catch (error) {
    // With a full disk the last line of the outputs may be cut: nobody can write what does not fit.
    const message = String(error);
    if (!(disk.full && /^Error: invalid line/.test(message))) breach(message.slice(0, 3_000));
    return { result: undefined, report: undefined, killed, diskFull: disk.full };
  } finally {
    clearTimeout(timer);
    if (link) link.proxy.onPassed = undefined;
    await disk.remove?.();
  }
}

/** What must hold however the world was: an end of its own, a reason in words, outputs and a valid report. */
function checkEnd(breach: (text: string) => void, run: GuardRun, disk: PreparedDisk): void {
  const { result, report, killed } = run;
  if (result === undefined) return;
  const text = `${result.stdout}\n${result.stderr}`;
  const crash =
    /\b(?:TypeError|ReferenceError|RangeError|AssertionError|ERR_[A-Z_]+|UnhandledPromise\w*|unhandled)\b.*/.exec(
      text,
    );
  const frame = /^\s+at .*(?:\/dist\/|node:internal).*$/m.exec(text);
  if (crash || frame) breach(`crashed: ${crash?.[0] ?? frame?.[0]}\n${text.slice(-1_500)}`);
  if (result.signal !== null) {
    if (result.signal !== killed) breach(`ended by ${result.signal}, which nobody sent`);
    // SIGTERM before the program had a chance to listen for it ends any process.
    if (result.signal === 'SIGTERM' && /\S/.test(result.stdout)) breach('SIGTERM ended it without a report');
    return;
  }
  if (result.exitCode !== 0 && result.exitCode !== 1) breach(`exit code ${result.exitCode}`);
  if (result.exitCode === 1 && !/^::error[ :].*\S/m.test(result.stdout)) {
    breach(`failed without a reason:\n${text.slice(-1_500)}`);
  }
  if (disk.full) {
    const told = disk.names === undefined || text.includes(disk.names);
    if (!told && result.exitCode !== 0 && (report === undefined || disk.loses === 'the summary')) {
      breach(`the disk was full, and no error names ${disk.names}:\n${text.slice(-1_500)}`);
    }
    // A small report fits where a file may have a kilobyte.
    const lost = disk.loses !== 'the report' || report === undefined;
    if (disk.loses && lost && result.exitCode === 0) {
      breach(`succeeded, though ${disk.loses} could not be written`);
    }
    if (report === undefined) return;
  }
  if (report === undefined) {
    breach(`wrote no report:\n${text.slice(-1_500)}`);
    return;
  }
  const problem = reportProblem(report);
  if (problem !== undefined) breach(`its report is not valid: ${problem}`);
  if (disk.full) return;
  if (result.outputs.verdict !== report.verdict) {
    breach(`outputs say ${result.outputs.verdict}, the report says ${report.verdict}`);
  }
  if (result.summary === '') breach('wrote no summary');
  if (killed === 'SIGTERM' && result.exitCode === 0 && !/pass|warn/.test(report.verdict)) {
    breach(`exit code 0 with the verdict ${report.verdict}`);
  }
}

interface PreparedDisk {
  full: boolean;
  inputs: Record<string, string>;
  env: Record<string, string>;
  wrap?: string[];
  /** what an error must name */
  names?: string;
  /** what is lost, so that success would be a lie */
  loses?: string;
  remove?: () => Promise<void>;
}

async function prepareDisk(world: World, { disk, inputs }: GuardOptions): Promise<PreparedDisk> {
  const none: PreparedDisk = { full: false, inputs: {}, env: {} };
  if (disk === undefined) return none;
  world.count(`disk ${disk}`);
  if (disk === 'device') {
    const path = '/dev/full';
    // Where there is none, a file of that name would be made, and would hold a report.
    if (!(await stat(path).catch(() => undefined))?.isCharacterDevice()) {
      world.skip(`${path} is not there`);
      return none;
    }
    return { ...none, full: true, inputs: { 'report-path': path }, names: path, loses: 'the report' };
  }
  if (disk === 'limit-0' || disk === 'limit-1k') {
    const kilobytes = disk === 'limit-0' ? 0 : 1;
    return { ...none, full: true, wrap: withFileLimit(kilobytes), loses: 'the report', names: 'report-' };
  }
  const mounted = await mountFullDisk();
  if (typeof mounted === 'string') {
    world.skip(mounted);
    return none;
  }
  // The runner makes this file before the step begins; an empty one takes no room.
  if (disk === 'summary') await writeFile(join(mounted.folder, 'summary.md'), '');
  return { ...none, full: true, remove: mounted.remove, ...onFullDisk(disk, mounted, inputs) };
}

function onFullDisk(
  disk: DiskFault,
  { folder }: FullDisk,
  inputs: Record<string, string>,
): Partial<PreparedDisk> {
  const path = join(folder, disk === 'summary' ? 'summary.md' : `${disk}.json`);
  if (disk === 'report') return { inputs: { 'report-path': path }, names: path, loses: 'the report' };
  if (disk === 'summary') return { env: { GITHUB_STEP_SUMMARY: path }, names: path, loses: 'the summary' };
  return inputs.state?.startsWith('file:') ? { inputs: { state: `file:${path}` } } : { full: false };
}

/** A point to kill at, somewhere in the work. */
export function killPoint(chance: Chance, links: readonly string[]): KillPoint {
  return {
    signal: chance.percent(60) ? 'SIGKILL' : 'SIGTERM',
    ...(links.length > 0 && chance.percent(75) ? { link: chance.pick(links) } : {}),
    bytes: chance.magnitude(200, 60_000),
    afterMs: chance.magnitude(100, 4_000),
  };
}
