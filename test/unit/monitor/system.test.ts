import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CgroupSample, parseCpuMax, readCgroup } from '../../../src/monitor/system/cgroup.ts';
import { EventLoopWatch } from '../../../src/monitor/system/event-loop.ts';
import { cpuBetween, memoryOf, SystemWatch } from '../../../src/monitor/system/system-watch.ts';

/** A cgroup file system as files in a folder. */
async function cgroups(self: string, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'cgroup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, 'fs');
  await mkdir(root);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await writeFile(join(folder, 'self'), self);
  return { root, self: join(folder, 'self') };
}

const GB = 2 ** 30;

describe('cgroup v2', () => {
  test('in a container: limits and usage of its own root', async () => {
    const places = await cgroups('0::/\n', {
      'cgroup.controllers': 'cpu memory\n',
      'cpu.max': '150000 100000\n',
      'cpu.stat': 'usage_usec 5000000\nuser_usec 1\nnr_periods 100\nnr_throttled 7\nthrottled_usec 9\n',
      'memory.max': `${GB}\n`,
      'memory.current': `${GB / 2}\n`,
      'memory.stat': `anon 1\ninactive_file ${GB / 4}\nactive_file 3\n`,
    });
    expect(await readCgroup(places)).toEqual({
      cores: 1.5,
      cpuUsageUs: 5_000_000,
      periods: 100,
      throttledPeriods: 7,
      memory: { limitBytes: GB, usedBytes: GB / 4 },
    });
  });

  test('on a host: the tightest limit on the way up', async () => {
    const places = await cgroups('0::/a.slice/b.service\n', {
      'cgroup.controllers': 'cpu memory\n',
      'a.slice/cgroup.controllers': 'cpu memory\n',
      'a.slice/cpu.max': '50000 100000\n',
      'a.slice/cpu.stat': 'usage_usec 70\nnr_periods 10\nnr_throttled 2\n',
      'a.slice/memory.max': `${GB}\n`,
      'a.slice/memory.current': `${0.9 * GB}\n`,
      'a.slice/b.service/cgroup.controllers': 'cpu memory\n',
      'a.slice/b.service/cpu.max': '200000 100000\n',
      'a.slice/b.service/cpu.stat': 'usage_usec 30\nnr_periods 5\nnr_throttled 0\n',
      'a.slice/b.service/memory.max': `${4 * GB}\n`,
      'a.slice/b.service/memory.current': `${GB / 2}\n`,
    });
    const sample = await readCgroup(places);
    expect(sample).toMatchObject({ cores: 0.5, cpuUsageUs: 70, periods: 10, throttledPeriods: 2 });
    expect(sample?.memory?.limitBytes).toBe(GB);
  });

  test('without limits: usage, and no quota', async () => {
    const places = await cgroups('0::/x\n', {
      'cgroup.controllers': '',
      'x/cgroup.controllers': '',
      'x/cpu.max': 'max 100000\n',
      'x/cpu.stat': 'usage_usec 30\n',
      'x/memory.max': 'max\n',
    });
    expect(await readCgroup(places)).toEqual({
      cores: null,
      cpuUsageUs: 30,
      periods: null,
      throttledPeriods: null,
      memory: null,
    });
  });

  test('a limit of which nobody says how far it is used is none', async () => {
    for (const current of [{}, { 'memory.current': 'unknown\n' }]) {
      const places = await cgroups('0::/\n', {
        'cgroup.controllers': '',
        'memory.max': `${GB}\n`,
        ...current,
      });
      expect((await readCgroup(places))?.memory).toBeNull();
    }
  });

  test('with the path of the host, where the container sees its own group as root', async () => {
    const places = await cgroups('0::/kubepods/pod1/abc\n', {
      'cgroup.controllers': 'cpu\n',
      'cpu.max': '100000 100000\n',
      'memory.max': `${GB}\n`,
      'memory.current': '1\n',
    });
    expect(await readCgroup(places)).toMatchObject({ cores: 1, memory: { limitBytes: GB } });
  });

  test.each(['9:memory:/a\n4:cpu:/b\n', '', 'nonsense'])(
    'is absent where the process says %j',
    async (self) => {
      expect(await readCgroup(await cgroups(self, { 'cgroup.controllers': '' }))).toBeNull();
    },
  );

  test('is absent on other systems', async () => {
    expect(await readCgroup({ root: '/nowhere/cgroup', self: '/nowhere/self' })).toBeNull();
  });

  test.each([
    ['50000 100000\n', 0.5],
    ['max 100000\n', null],
    ['50000 0\n', null],
    ['', null],
    [null, null],
  ])('reads the quota %j as %j cores', (text, cores) => {
    expect(parseCpuMax(text)).toBe(cores);
  });
});

describe('CPU between two readings', () => {
  const cgroup: CgroupSample = { cores: 0.5, cpuUsageUs: 0, periods: 0, throttledPeriods: 0, memory: null };

  test('is not known before there are two', () => {
    expect(cpuBetween(null, { at: 1, processUs: 9e9, cgroup: null }, 4)).toEqual({
      percent: null,
      cores: 4,
      limitedBy: 'machine',
      containerPercent: null,
      throttledPercent: null,
    });
  });

  test('is a share of the cores of the machine', () => {
    const before = { at: 1_000, processUs: 5e6, cgroup: null };
    const after = { at: 11_000, processUs: 15e6, cgroup: null };
    expect(cpuBetween(before, after, 4).percent).toBe(25);
  });

  test('is a share of the quota where that is tighter', () => {
    const before = { at: 0, processUs: 0, cgroup };
    const after = {
      at: 10_000,
      processUs: 2e6,
      cgroup: { ...cgroup, cpuUsageUs: 4e6, periods: 100, throttledPeriods: 30 },
    };
    expect(cpuBetween(before, after, 8)).toEqual({
      percent: 40,
      cores: 0.5,
      limitedBy: 'cgroup',
      containerPercent: 80,
      throttledPercent: 30,
    });
    expect(cpuBetween(before, { ...after, cgroup: { ...after.cgroup, cores: 16 } }, 8)).toMatchObject({
      cores: 8,
      limitedBy: 'machine',
    });
  });

  test('never leaves 0 to 100, whatever the counters do', () => {
    const before = {
      at: 0,
      processUs: 100,
      cgroup: { ...cgroup, cpuUsageUs: 100, periods: 9, throttledPeriods: 9 },
    };
    expect(cpuBetween(before, { at: 1, processUs: 0, cgroup }, 1)).toMatchObject({
      percent: 0,
      containerPercent: 0,
      throttledPercent: 0,
    });
    expect(cpuBetween(before, { at: 1, processUs: 1e9, cgroup }, 1).percent).toBe(100);
  });
});

describe('memory', () => {
  const usage = { rss: GB, heapTotal: 200, heapUsed: 100, external: 5, arrayBuffers: 0 };

  test('is the process against the machine, without a limit', () => {
    const machine = { totalBytes: 4 * GB, constrainedBytes: 2 ** 64 };
    expect(memoryOf(usage, 400, machine, null)).toMatchObject({
      usedPercent: 25,
      usedBytes: GB,
      limitBytes: 4 * GB,
      limitedBy: 'machine',
      heapUsedPercent: 25,
    });
  });

  test('is the container against its limit', () => {
    const machine = { totalBytes: 4 * GB, constrainedBytes: 0 };
    expect(memoryOf(usage, 400, machine, { limitBytes: 2 * GB, usedBytes: 1.5 * GB })).toMatchObject({
      usedPercent: 75,
      limitedBy: 'cgroup',
    });
  });

  test('is the process against the limit of cgroup v1, whose usage is not read', () => {
    const machine = { totalBytes: 4 * GB, constrainedBytes: 2 * GB };
    expect(memoryOf(usage, 400, machine, null)).toMatchObject({ usedPercent: 50, limitedBy: 'cgroup' });
  });

  test('takes a limit above the machine for none', () => {
    const machine = { totalBytes: 4 * GB, constrainedBytes: 0 };
    expect(memoryOf(usage, 400, machine, { limitBytes: 9 * GB, usedBytes: 1 }).limitedBy).toBe('machine');
  });
});

describe('a watch of the real process', () => {
  test('sees CPU, a blocked event loop, and garbage collection', async () => {
    const watch = new SystemWatch({ now: () => performance.now(), wallClock: () => Date.now() });
    onTestFinished(() => watch.close());
    expect(watch.read()).toMatchObject({
      cpu: { percent: null },
      eventLoop: { delayP99Ms: null },
      sampledAt: null,
    });
    await watch.sample();
    await delay(60);
    for (const until = performance.now() + 300; performance.now() < until; ) Math.sqrt(performance.now());
    globalThis.gc?.();
    await delay(60);
    await watch.sample();
    const { cpu, eventLoop, memory, sampledAt, uptimeSeconds } = watch.read();
    expect(cpu.percent).toBeGreaterThan(5);
    expect(cpu.cores).toBeGreaterThan(0);
    expect(eventLoop.delayMaxMs).toBeGreaterThan(200);
    expect(eventLoop.utilization).toBeGreaterThan(0.3);
    expect(memory.usedPercent).toBeGreaterThan(0);
    expect(memory.rssBytes).toBeGreaterThan(memory.heapUsedBytes / 2);
    expect(uptimeSeconds).toBeGreaterThan(0);
    expect(Date.parse(sampledAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });
});

test('an interval of no length has no share of collections, rather than an endless one', () => {
  const loop = new EventLoopWatch();
  onTestFinished(() => loop.close());
  loop.sample(0);
  expect(loop.gc.pausePercent).toBeNull();
  loop.sample(100);
  expect(loop.gc.pausePercent).toBeGreaterThanOrEqual(0);
});
