import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { exposition, labels } from '../../../src/monitor/endpoints/prometheus.ts';
import { createMonitor } from '../../../src/monitor/index.ts';

interface Parsed {
  readonly type: string;
  readonly samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`;
const SAMPLE = new RegExp(
  `^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (NaN|[+-]Inf|[-+]?[0-9.]+(?:e[-+]?[0-9]+)?)$`,
);

/** Reads the text format 0.0.4 as strictly as its definition has it; throws for anything else. */
function parse(text: string): Map<string, Parsed> {
  const metrics = new Map<string, Parsed>();
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  let current: { name: string; parsed: Parsed } | undefined;
  let help = '';
  for (const line of lines) {
    const [, helpName] = new RegExp(`^# HELP (${NAME}) .+$`).exec(line) ?? [];
    const [, typeName, type = ''] =
      new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line) ?? [];
    const [, sampleName = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (helpName !== undefined) {
      help = helpName;
    } else if (typeName !== undefined) {
      expect(typeName).toBe(help);
      expect(metrics.has(typeName), `${typeName} twice`).toBe(false);
      current = { name: typeName, parsed: { type, samples: new Map() } };
      metrics.set(typeName, current.parsed);
    } else if (sampleName !== '' && current !== undefined) {
      const allowed =
        current.parsed.type === 'histogram'
          ? ['_bucket', '_sum', '_count'].map((suffix) => `${current?.name}${suffix}`)
          : [current.name];
      expect(allowed).toContain(sampleName);
      expect(current.parsed.samples.has(sampleName + labels), `${line} twice`).toBe(false);
      current.parsed.samples.set(
        sampleName + labels,
        value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
      );
    } else {
      throw new Error(`no line of the format: ${line}`);
    }
  }
  return metrics;
}

describe('the exposition for Prometheus', () => {
  test('is well-formed, and its histogram adds up', async () => {
    const monitor = createMonitor({ version: '1.0 "beta"\\n', mongo: { command: async () => ({}) } });
    onTestFinished(() => monitor.close());
    await monitor.ready();
    for (const status of [200, 200, 404, 500]) {
      await monitor.fetch(new Request('http://localhost/users/1'), () => new Response(null, { status }));
    }
    const metrics = parse(monitor.read.prometheus());
    const row = 'method="GET",route="/users/:id"';
    const requests = metrics.get('http_requests_total');
    expect(requests?.type).toBe('counter');
    expect(requests?.samples.get(`http_requests_total{${row},status="2xx"}`)).toBe(2);
    expect(requests?.samples.get(`http_requests_total{${row},status="5xx"}`)).toBe(1);
    const duration = [...(metrics.get('http_request_duration_seconds')?.samples ?? [])];
    const buckets = duration.filter(([name]) => name.includes('_bucket'));
    expect(buckets).toHaveLength(12);
    const counts = buckets.map(([, count]) => count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(4);
    expect(duration.find(([name]) => name.endsWith(`_count{${row}}`))?.[1]).toBe(4);
    expect(duration.find(([name]) => name.endsWith(`_sum{${row}}`))?.[1]).toBeGreaterThan(0);
    expect(metrics.get('deploy_guard_database_up')?.samples.get('deploy_guard_database_up')).toBe(1);
    expect(metrics.get('deploy_guard_app_info')?.samples.size).toBe(1);
    for (const [name, { type, samples }] of metrics) {
      expect(samples.size, name).toBeGreaterThan(0);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
    }
  });

  test('leaves out what is not known instead of inventing a zero', () => {
    expect(exposition('x', 'gauge', 'help', [['', null]])).toBe('');
    const monitor = createMonitor({ version: '1' });
    onTestFinished(() => monitor.close());
    const metrics = parse(monitor.read.prometheus());
    expect(metrics.has('deploy_guard_window_error_ratio')).toBe(false);
    expect(metrics.has('deploy_guard_database_up')).toBe(false);
  });

  test('shows CPU as a share once there are two readings', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const monitor = createMonitor({ version: '1' });
    onTestFinished(() => monitor.close());
    expect(parse(monitor.read.prometheus()).has('deploy_guard_cpu_ratio')).toBe(false);
    vi.advanceTimersByTime(1_000);
    // The container's files are read for real.
    await expect
      .poll(() => parse(monitor.read.prometheus()).get('deploy_guard_cpu_ratio'), { interval: 5 })
      .toBeDefined();
    const ratio = [
      ...(parse(monitor.read.prometheus()).get('deploy_guard_cpu_ratio')?.samples ?? []),
    ][0]?.[1];
    expect(ratio).toBeGreaterThan(0);
    expect(ratio).toBeLessThanOrEqual(1);
  });

  test('of a database that is not there yet says neither up nor down; of its pool what is used and idle', async () => {
    const waiting = createMonitor({ version: '1', mongo: () => null });
    onTestFinished(() => waiting.close());
    const before = parse(waiting.read.prometheus());
    expect(before.has('deploy_guard_database_up')).toBe(false);
    expect(before.has('deploy_guard_database_connections')).toBe(false);

    const client = new EventEmitter();
    const db = { command: async () => ({}), client };
    const monitor = createMonitor({ version: '1', mongo: db });
    onTestFinished(() => monitor.close());
    await monitor.ready();
    for (let index = 0; index < 3; index++) client.emit('connectionCreated');
    client.emit('connectionCheckOutStarted');
    client.emit('connectionCheckedOut');
    client.emit('connectionCheckOutStarted');
    const metrics = parse(monitor.read.prometheus());
    const samples = (name: string) => [...(metrics.get(name)?.samples ?? [])];
    expect(samples('deploy_guard_database_up')).toEqual([['deploy_guard_database_up', 1]]);
    expect(samples('deploy_guard_database_connections')).toEqual([
      ['deploy_guard_database_connections{state="in_use"}', 1],
      ['deploy_guard_database_connections{state="idle"}', 2],
    ]);
    expect(samples('deploy_guard_database_waiting')).toEqual([['deploy_guard_database_waiting', 1]]);
  });

  test.each([
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [0.5, '0.5'],
  ])('writes %d as %s', (value, text) => {
    expect(
      exposition('x', 'gauge', 'help', [['', value]])
        .split('\n')
        .at(-2),
    ).toBe(`x ${text}`);
  });

  test('stays one line a sample, whatever a label holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }), (label, value) => {
        const text = exposition('metric', 'gauge', 'help', [[labels({ route: label }), value]]);
        // Other line ends than \n are data to Prometheus, so only \n is split at.
        const [, , line = '', ...rest] = text.split('\n');
        expect(rest).toEqual(['']);
        const [, quoted = ''] = /^metric\{route="((?:[^"\\]|\\[\\"n])*)"\} \S+$/s.exec(line) ?? [];
        expect(quoted.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))).toBe(label);
      }),
    );
  });
});
