import { availableParallelism, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { SystemAnswer } from '../model/answers.ts';
import { type CgroupPlaces, type CgroupSample, readCgroup } from './cgroup.ts';
import { EventLoopWatch } from './event-loop.ts';

/** One reading of what only makes sense as a difference between two. */
export interface CpuReading {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** User and system time of the process, microseconds. */
  readonly processUs: number;
  readonly cgroup: CgroupSample | null;
}

/** CPU over the time between two readings (pure). */
export function cpuBetween(
  before: CpuReading | null,
  after: CpuReading,
  machineCores: number,
): SystemAnswer['cpu'] {
  const quota = after.cgroup?.cores ?? null;
  const limited = quota !== null && quota < machineCores;
  const cores = limited ? quota : machineCores;
  const elapsedUs = before === null ? 0 : (after.at - before.at) * 1_000;
  const share = (usedUs: number | null): number | null =>
    usedUs === null || elapsedUs <= 0
      ? null
      : round(Math.min(100, Math.max(0, (usedUs * 100) / (elapsedUs * cores))));
  return {
    percent: share(before === null ? null : after.processUs - before.processUs),
    cores,
    limitedBy: limited ? 'cgroup' : 'machine',
    containerPercent: share(difference(before?.cgroup?.cpuUsageUs, after.cgroup?.cpuUsageUs)),
    throttledPercent: throttled(before?.cgroup ?? null, after.cgroup),
  };
}

function throttled(before: CgroupSample | null, after: CgroupSample | null): number | null {
  const periods = difference(before?.periods, after?.periods);
  const held = difference(before?.throttledPeriods, after?.throttledPeriods);
  if (periods === null || held === null) return null;
  return periods === 0 ? 0 : round(Math.min(100, (held * 100) / periods));
}

function difference(before: number | null | undefined, after: number | null | undefined): number | null {
  return before === null || before === undefined || after === null || after === undefined
    ? null
    : Math.max(0, after - before);
}

/** What memory is judged by (pure): the container's limit where there is one, else the machine. */
export function memoryOf(
  usage: NodeJS.MemoryUsage,
  heapLimitBytes: number,
  machine: { readonly totalBytes: number; readonly constrainedBytes: number },
  cgroup: CgroupSample['memory'],
): SystemAnswer['memory'] {
  // Without cgroup v2 libuv may still know a limit (v1); what the container uses is then not known, only
  // what this process does.
  const constrained =
    machine.constrainedBytes > 0 && machine.constrainedBytes < machine.totalBytes
      ? machine.constrainedBytes
      : null;
  const fitting = cgroup !== null && cgroup.limitBytes < machine.totalBytes ? cgroup : null;
  const limitBytes = fitting?.limitBytes ?? constrained ?? machine.totalBytes;
  const usedBytes = fitting?.usedBytes ?? usage.rss;
  return {
    usedPercent: round(Math.min(100, (usedBytes * 100) / limitBytes)),
    usedBytes,
    limitBytes,
    limitedBy: fitting === null && constrained === null ? 'machine' : 'cgroup',
    rssBytes: usage.rss,
    heapUsedBytes: usage.heapUsed,
    heapTotalBytes: usage.heapTotal,
    heapLimitBytes,
    heapUsedPercent: round(Math.min(100, (usage.heapUsed * 100) / heapLimitBytes)),
    externalBytes: usage.external,
  };
}

export interface SystemWatchOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  readonly cgroup?: CgroupPlaces;
}

/** CPU, memory, event loop and garbage collection of this process and its container. */
export class SystemWatch {
  readonly #options: SystemWatchOptions;
  readonly #loop = new EventLoopWatch();
  readonly #machineCores = availableParallelism();
  readonly #heapLimitBytes = getHeapStatistics().heap_size_limit;
  #reading: CpuReading | null = null;
  #cpu: SystemAnswer['cpu'];
  #sampledAt: string | null = null;

  constructor(options: SystemWatchOptions) {
    this.#options = options;
    this.#cpu = cpuBetween(null, { at: 0, processUs: 0, cgroup: null }, this.#machineCores);
  }

  /** Takes a sample; the first one only sets the mark that the next is measured from. */
  async sample(): Promise<void> {
    const cgroup = await readCgroup(this.#options.cgroup);
    const { user, system } = process.cpuUsage();
    const reading = { at: this.#options.now(), processUs: user + system, cgroup };
    this.#cpu = cpuBetween(this.#reading, reading, this.#machineCores);
    if (this.#reading !== null) this.#loop.sample(reading.at - this.#reading.at);
    this.#reading = reading;
    this.#sampledAt = new Date(this.#options.wallClock()).toISOString();
  }

  read(): SystemAnswer {
    return {
      cpu: this.#cpu,
      memory: memoryOf(
        process.memoryUsage(),
        this.#heapLimitBytes,
        { totalBytes: totalmem(), constrainedBytes: process.constrainedMemory() },
        this.#reading?.cgroup?.memory ?? null,
      ),
      eventLoop: this.#loop.eventLoop,
      gc: this.#loop.gc,
      uptimeSeconds: round(process.uptime()),
      versions: {
        node: process.versions.node,
        v8: process.versions.v8,
        openssl: process.versions.openssl ?? 'none',
      },
      platform: process.platform,
      arch: process.arch,
      sampledAt: this.#sampledAt,
    };
  }

  close(): void {
    this.#loop.close();
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
