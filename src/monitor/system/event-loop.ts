import {
  constants,
  type EventLoopUtilization,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import type { SystemAnswer } from '../model/answers.ts';

/** How often Node looks whether the loop is late. It bounds what can be seen, and costs a wake-up each time. */
const RESOLUTION_MS = 20;

/** Watches the event loop and garbage collection, one sampling interval at a time. */
export class EventLoopWatch {
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #observer: PerformanceObserver;
  #utilization: EventLoopUtilization;
  #lastPauseMs = 0;
  #collections = 0;
  #major = 0;
  #pauseMs = 0;
  #eventLoop: SystemAnswer['eventLoop'] = {
    delayP50Ms: null,
    delayP99Ms: null,
    delayMaxMs: null,
    utilization: null,
  };
  #pausePercent: number | null = null;

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#utilization = performance.eventLoopUtilization();
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        this.#collections++;
        this.#pauseMs += entry.duration;
        const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {};
        if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) this.#major++;
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Closes an interval of this length and starts the next. */
  sample(intervalMs: number): void {
    const utilization = performance.eventLoopUtilization();
    const { utilization: share } = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    const any = this.#delay.count > 0;
    this.#eventLoop = {
      delayP50Ms: any ? late(this.#delay.percentile(50)) : null,
      delayP99Ms: any ? late(this.#delay.percentile(99)) : null,
      delayMaxMs: any ? late(this.#delay.max) : null,
      utilization: Number.isFinite(share) ? Math.min(1, Math.max(0, round(share))) : null,
    };
    this.#delay.reset();
    const paused = this.#pauseMs - this.#lastPauseMs;
    this.#lastPauseMs = this.#pauseMs;
    this.#pausePercent = intervalMs > 0 ? Math.min(100, round((paused * 100) / intervalMs)) : null;
  }

  get eventLoop(): SystemAnswer['eventLoop'] {
    return this.#eventLoop;
  }

  get gc(): SystemAnswer['gc'] {
    return {
      collectionsTotal: this.#collections,
      majorCollectionsTotal: this.#major,
      pauseTotalMs: round(this.#pauseMs),
      pausePercent: this.#pausePercent,
    };
  }

  close(): void {
    this.#delay.disable();
    this.#observer.disconnect();
  }
}

/** The histogram holds the time between two looks, in nanoseconds; what is over the resolution is delay. */
function late(ns: number): number {
  return Math.max(0, round(ns / 1e6 - RESOLUTION_MS));
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
