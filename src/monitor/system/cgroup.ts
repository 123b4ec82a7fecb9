import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the kernel says of this process's container. Only cgroup v2. */
export interface CgroupSample {
  /** The tightest CPU quota on the way up, in cores; null without one. */
  readonly cores: number | null;
  /** CPU time of the group, microseconds since it was made; null where the kernel does not say. */
  readonly cpuUsageUs: number | null;
  /** Scheduler periods, and those in which the group was held back; null without a quota. */
  readonly periods: number | null;
  readonly throttledPeriods: number | null;
  /** The memory limit that is nearest to being reached; null without one. */
  readonly memory: { readonly limitBytes: number; readonly usedBytes: number } | null;
}

export interface CgroupPlaces {
  /** Where the cgroup file system is mounted. */
  readonly root: string;
  /** The file that names this process's group. */
  readonly self: string;
}

export const CGROUP_PLACES: CgroupPlaces = { root: '/sys/fs/cgroup', self: '/proc/self/cgroup' };

/**
 * Reads limits and usage of this process's cgroup and of each group above it: a limit may sit on any level,
 * and the tightest one counts.
 * @returns null where there is no cgroup v2 (another system, or v1)
 */
export async function readCgroup(places: CgroupPlaces = CGROUP_PLACES): Promise<CgroupSample | null> {
  const membership = await text(places.self);
  const path = membership === null ? undefined : /^0::(\/.*)$/m.exec(membership)?.[1];
  if (path === undefined || (await text(join(places.root, 'cgroup.controllers'))) === null) return null;
  // Inside a container the file system may be mounted at the container's own group while the file still
  // names the path as the host sees it; then the root is the group.
  const own = join(places.root, path);
  const start = (await text(join(own, 'cgroup.controllers'))) === null ? places.root : own;

  let cores: number | null = null;
  let cpu: Record<string, number> | null = null;
  let memory: CgroupSample['memory'] = null;
  for (let folder = start; ; folder = dirname(folder)) {
    const quota = parseCpuMax(await text(join(folder, 'cpu.max')));
    if (cpu === null || (quota !== null && (cores === null || quota < cores))) {
      cpu = parseFlat(await text(join(folder, 'cpu.stat'))) ?? cpu;
    }
    if (quota !== null && (cores === null || quota < cores)) cores = quota;
    const level = await readMemory(folder);
    if (level !== null && (memory === null || fill(level) > fill(memory))) memory = level;
    if (folder === places.root || folder.length <= places.root.length) break;
  }
  return {
    cores,
    cpuUsageUs: cpu?.usage_usec ?? null,
    periods: cores === null ? null : (cpu?.nr_periods ?? null),
    throttledPeriods: cores === null ? null : (cpu?.nr_throttled ?? null),
    memory,
  };
}

async function readMemory(folder: string): Promise<CgroupSample['memory']> {
  const limit = (await text(join(folder, 'memory.max')))?.trim();
  if (limit === undefined || !/^\d+$/.test(limit) || Number(limit) === 0) return null;
  const current = Number((await text(join(folder, 'memory.current')))?.trim() ?? Number.NaN);
  if (!Number.isFinite(current)) return null;
  // The kernel gives file cache back before it kills; without this a service that reads files looks full.
  const cache = parseFlat(await text(join(folder, 'memory.stat')))?.inactive_file ?? 0;
  return { limitBytes: Number(limit), usedBytes: Math.max(0, current - cache) };
}

function fill(level: { limitBytes: number; usedBytes: number }): number {
  return level.usedBytes / level.limitBytes;
}

/** `50000 100000` is half a core; `max 100000` is no limit. */
export function parseCpuMax(content: string | null): number | null {
  const match = content === null ? null : /^(\d+) (\d+)/.exec(content);
  if (!match) return null;
  const cores = Number(match[1]) / Number(match[2]);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}

/** `key value` a line. */
function parseFlat(content: string | null): Record<string, number> | null {
  if (content === null) return null;
  const entries = [...content.matchAll(/^(\w+) (\d+)$/gm)].map(([, key = '', value]) => [key, Number(value)]);
  return Object.fromEntries(entries) as Record<string, number>;
}

/** null where the file cannot be read: each of them is missing somewhere. */
async function text(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
