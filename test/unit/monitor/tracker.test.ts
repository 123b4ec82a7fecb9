import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestTracker } from '../../../src/monitor/requests/tracker.ts';

function trackerAt(start = 0, maxRoutes = 3) {
  const clock = { now: start };
  const tracker = new RequestTracker({ windowMs: 60_000, maxRoutes, now: () => clock.now });
  const request = (
    route: string,
    { ms = 10, status = 200, aborted = false, matched = true, method = 'GET' } = {},
  ): void => {
    const startedAt = tracker.start();
    clock.now += ms;
    tracker.finish(startedAt, method, route, matched, status, aborted);
  };
  return { clock, tracker, request };
}

describe('request statistics', () => {
  test('count in flight, completed, and errors by class', () => {
    const { tracker, request } = trackerAt();
    tracker.start();
    for (const status of [200, 204, 301, 400, 404, 429, 500, 503]) request('/a', { status });
    request('/a', { aborted: true, status: 200 });
    const statistics = tracker.statistics();
    expect(statistics.requests).toMatchObject({ count: 9, total: 9, inFlight: 1 });
    expect(statistics.errors).toEqual({ clientErrors: 3, serverErrors: 2, aborted: 1 });
    expect(statistics.errorsTotal).toEqual(statistics.errors);
    expect(statistics.errorRate).toBeCloseTo(2 / 9);
  });

  test('have no error rate and no percentile without requests', () => {
    const { tracker } = trackerAt();
    expect(tracker.statistics()).toMatchObject({
      errorRate: null,
      responseTime: { p50Ms: null, p99Ms: null },
    });
    expect(tracker.recent()).toMatchObject({
      requests: 0,
      errorRate: null,
      responseTime: { p95Ms: null },
    });
  });

  test('forget what is older than the window, slot by slot, and keep the totals', () => {
    const { clock, tracker, request } = trackerAt();
    request('/old', { status: 500 });
    clock.now = 55_000;
    request('/new');
    expect(tracker.statistics().requests.count).toBe(2);
    clock.now = 60_000;
    expect(tracker.statistics().requests.count).toBe(1);
    expect(tracker.statistics().errorRate).toBe(0);
    expect(tracker.statistics().endpoints.map(({ route }) => route)).toEqual(['/new']);
    clock.now = 10 * 60_000;
    expect(tracker.statistics().requests).toMatchObject({ count: 0, total: 2 });
    expect(tracker.statistics().errorRate).toBeNull();
    expect(tracker.statistics().errorsTotal.serverErrors).toBe(1);
  });

  test('say how much of the window they cover', () => {
    const { clock, tracker } = trackerAt(1_000_000);
    clock.now += 4_000;
    expect(tracker.statistics().window).toEqual({ seconds: 60, coveredSeconds: 4 });
    clock.now += 3_600_000;
    const { coveredSeconds } = tracker.statistics().window;
    expect(coveredSeconds).toBeGreaterThanOrEqual(50);
    expect(coveredSeconds).toBeLessThanOrEqual(60);
  });

  test('agree with a plain count of the last requests, whatever the gaps between them', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ gap: fc.integer({ min: 0, max: 40_000 }), status: fc.constantFrom(200, 404, 500) }),
          {
            maxLength: 60,
          },
        ),
        (steps) => {
          const { clock, tracker, request } = trackerAt();
          const done: { at: number; status: number }[] = [];
          for (const { gap, status } of steps) {
            clock.now += gap;
            request('/a', { ms: 0, status });
            done.push({ at: clock.now, status });
          }
          const { requests, errors, window } = tracker.statistics();
          const from = clock.now - window.coveredSeconds * 1_000;
          const inside = done.filter(({ at }) => at >= from - 0.5);
          expect(requests.count).toBe(inside.length);
          expect(errors.serverErrors).toBe(inside.filter(({ status }) => status === 500).length);
          expect(requests.total).toBe(done.length);
        },
      ),
    );
  });

  test('round a response that took no time up to a microsecond, and cut one of hours to ten minutes', () => {
    const { tracker, request } = trackerAt();
    request('/fast', { ms: 0 });
    expect(tracker.statistics().responseTime.minMs).toBe(0.001);
    request('/slow', { ms: 10 * 3_600_000 });
    const { maxMs } = tracker.statistics().responseTime;
    expect(maxMs).toBeGreaterThanOrEqual(600_000);
    expect(maxMs).toBeLessThan(601_000);
  });

  test('never fall below zero in flight', () => {
    const { tracker } = trackerAt();
    tracker.finish(0, 'GET', '/a', true, 200, false);
    expect(tracker.inFlight).toBe(0);
  });
});

describe('routes', () => {
  test('past the limit share one row, so that paths without end do not grow memory', () => {
    const { tracker, request } = trackerAt(0, 3);
    for (let index = 0; index < 1_000; index++) request(`/made-up-${index}`);
    const { endpoints, endpointLimit, requests } = tracker.statistics();
    expect(endpointLimit).toMatchObject({ limit: 3, tracked: 3 });
    expect(endpoints).toHaveLength(4);
    expect(endpoints[0]).toMatchObject({ method: '*', route: '(other)', requests: 997 });
    expect(requests.count).toBe(1_000);
  });

  test('that were made up once give their places to real ones after the window, and their totals to the shared row', () => {
    const { clock, tracker, request } = trackerAt();
    // A service that answers every path, as single-page apps do.
    for (let index = 0; index < 50; index++)
      request(`/made-up-${'abcdefghij'[index % 10]}${'klmno'[index % 5]}`);
    request('/orders');
    const routes = () => tracker.statistics().endpoints.map(({ route }) => route);
    expect(routes()).not.toContain('/orders');
    clock.now += 120_000;
    request('/orders');
    request('/users');
    expect(routes()).toEqual(expect.arrayContaining(['/orders', '/users']));
    expect(tracker.statistics().endpointLimit).toMatchObject({ limit: 3, tracked: 2 });
    expect(tracker.statistics().requests.total).toBe(53);
    const other = tracker.routes.rows().find(({ route }) => route === '(other)');
    expect(other?.total).toBe(51);
    expect(other?.classTotals[2]).toBe(51);
  });

  test('that are asked for keep their places while others are made up', () => {
    const { clock, tracker, request } = trackerAt();
    for (const route of ['/a', '/b', '/c']) request(route);
    for (let minute = 0; minute < 5; minute++) {
      clock.now += 50_000;
      request('/a');
      for (let index = 0; index < 10; index++) request(`/made-up-${minute}-${index}`);
    }
    expect(tracker.routes.find('GET', '/a')?.total).toBe(6);
  });

  test('that nobody has keep no row: a scanner does not push out real ones', () => {
    const { tracker, request } = trackerAt(0, 3);
    for (let index = 0; index < 100; index++) request(`/wp-admin-${index}`, { status: 404, matched: false });
    request('/real');
    const rows = tracker
      .statistics()
      .endpoints.map(({ method, route, requests }) => [method, route, requests]);
    expect(rows).toEqual([
      ['*', '(unmatched)', 100],
      ['GET', '/real', 1],
    ]);
  });

  test('that are known keep their own 404', () => {
    const { tracker, request } = trackerAt();
    request('/users/:id', { matched: false });
    request('/users/:id', { matched: false, status: 404 });
    request('/things/:id', { matched: true, status: 404 });
    const rows = tracker.statistics().endpoints.map(({ route, clientErrors }) => [route, clientErrors]);
    expect(rows).toEqual([
      ['/users/:id', 1],
      ['/things/:id', 1],
    ]);
  });

  test('of methods that are made up share one method', () => {
    const { tracker, request } = trackerAt(0, 10);
    for (const method of ['GET', 'FOO', 'BAR', 'BAZ']) request('/a', { method });
    const rows = tracker.statistics().endpoints.map(({ method, requests }) => [method, requests]);
    expect(rows).toEqual([
      ['*', 3],
      ['GET', 1],
    ]);
  });
});
