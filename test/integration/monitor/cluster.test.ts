import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { metricsAnswer } from '../../../scripts/generate/monitor-answers.ts';

test('under cluster each worker counts for itself, says which it is, and ends by itself', async () => {
  const app = fileURLToPath(new URL('cluster-app.ts', import.meta.url));
  const child = spawn(process.execPath, [app], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [line] = await once(child.stdout, 'data');
  const base = `http://127.0.0.1:${String(line).trim()}`;

  // Connections go round the workers; a kept-alive one would stay with its worker.
  const get = (path: string) => fetch(base + path, { headers: { connection: 'close' } });
  for (let index = 0; index < 10; index++) await (await get('/')).text();
  const totals = new Map<number, number>();
  for (let index = 0; index < 40 && totals.size < 2; index++) {
    const answer = await (await get('/api/health/metrics')).json();
    const { instance, requests } = metricsAnswer.parse(answer);
    totals.set(instance.workerId ?? 0, requests.total);
  }
  expect([...totals.keys()].sort()).toEqual([1, 2]);
  expect([...totals.values()].reduce((sum, total) => sum + total, 0)).toBe(10);

  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});
