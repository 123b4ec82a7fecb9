import { Counter, Histogram, Registry } from 'prom-client';
import { createMonitor } from '../../src/monitor/index.ts';
import { median } from '../support/figures.ts';

const ROUTES = 100;
const ROUNDS = 120;

/**
 * Milliseconds to write the exposition of a hundred routes: prom-client's registry with its usual counter and
 * histogram, and the monitor's own text, which holds those and the process's figures besides.
 */
export async function exposition(): Promise<{
  monitorMs: number;
  promMs: number;
  monitorLines: number;
  promLines: number;
}> {
  const registry = new Registry();
  const labelNames = ['method', 'route', 'code'] as const;
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'x',
    labelNames,
    registers: [registry],
  });
  const counter = new Counter({ name: 'http_requests_total', help: 'x', labelNames, registers: [registry] });
  const monitor = createMonitor({ version: '1' });
  for (let index = 0; index < ROUTES; index++) {
    const route = `/${String.fromCharCode(97 + (index % 26))}/${String.fromCharCode(97 + Math.floor(index / 26))}`;
    const labels = { method: 'GET', route, code: 200 };
    histogram.observe(labels, 0.01);
    counter.inc(labels);
    await monitor.fetch(new Request(`http://localhost${route}`), () => new Response('ok'));
  }
  const own: number[] = [];
  const prom: number[] = [];
  let [monitorLines, promLines] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    let start = performance.now();
    monitorLines = monitor.read.prometheus().split('\n').length;
    own.push(performance.now() - start);
    start = performance.now();
    promLines = (await registry.metrics()).split('\n').length;
    prom.push(performance.now() - start);
  }
  monitor.close();
  return { monitorMs: median(own.slice(20)), promMs: median(prom.slice(20)), monitorLines, promLines };
}
