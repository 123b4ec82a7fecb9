import { describe, expect, test } from 'vitest';
import {
  bucketPercentile,
  parseScrape,
  readScrapes,
  severalProcesses,
} from '../../../../src/verify/app/prometheus.ts';

describe('Prometheus', () => {
  const text = (ok: number, bad: number, quick: number) => `# HELP http_request_duration_seconds Duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="0.1"} ${quick}
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="0.5"} ${ok}
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="+Inf"} ${ok}
http_request_duration_seconds_count{handler="/a",status="2xx"} ${ok}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="0.1"} ${bad}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="0.5"} ${bad}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="+Inf"} ${bad}
http_request_duration_seconds_count{handler="/a",status="5xx"} ${bad}
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${ok / 100}
process_start_time_seconds 1000
`;

  test('what happened between two scrapes', () => {
    const [first, last] = [
      parseScrape(text(100, 0, 50), 2_000_000),
      parseScrape(text(180, 20, 90), 2_010_000),
    ];
    const { values } = readScrapes(first, last);
    expect(values).toMatchObject({ app_requests: 100, app_error_rate: 0.2, app_uptime: 1010 });
    expect(values.app_cpu).toBeCloseTo(8);
    // 40 + 20 of 100 took up to 100 ms, the others up to 500 ms.
    expect(values.responseTime?.[50]).toBeCloseTo(83.3, 1);
    expect(values.responseTime?.[95]).toBeCloseTo(450, 0);
  });

  test('what frameworks computed themselves is taken as it is', () => {
    const read = (text: string) => readScrapes(undefined, parseScrape(text, 2_000_000)).values;
    expect(read('process_cpu_usage 0.25\nprocess_uptime_seconds 77\n')).toEqual({
      app_cpu: 25,
      app_uptime: 77,
    });
    expect(read('deploy_guard_cpu_ratio 0.5\ndeploy_guard_database_ping_seconds 0.004\n')).toEqual({
      app_cpu: 50,
      app_database_response_time: 4,
    });
    expect(read('process_cpu_usage -Inf\n')).toEqual({});
  });

  test('a counter without a status tells requests, and no share of errors', () => {
    const read = (first: number, last: number) =>
      readScrapes(
        parseScrape(`http_requests_total{path="/a"} ${first}\n`, 0),
        parseScrape(`http_requests_total{path="/a"} ${last}\n`, 10_000),
      ).values;
    expect(read(10, 30)).toEqual({ app_requests: 20 });
  });

  test('a bucket without a bound makes no percentile that keeps a limit', () => {
    const last = parseScrape('http_request_duration_seconds_bucket{} 5\n', 0);
    expect(readScrapes(undefined, last).values.responseTime?.[95] ?? Number.NaN).toBeNaN();
  });

  test('after a restart counters begin again', () => {
    const { values } = readScrapes(parseScrape(text(1_000, 10, 900), 0), parseScrape(text(5, 0, 5), 10_000));
    expect(values).toMatchObject({ app_requests: 5, app_error_rate: 0 });
  });

  test('nothing meanwhile is nothing to judge', () => {
    const same = parseScrape(text(5, 0, 5), 0);
    const { values } = readScrapes(same, { ...same, at: 10_000 });
    expect(values.app_requests).toBe(0);
    expect(values).not.toHaveProperty('app_error_rate');
    expect(values).not.toHaveProperty('responseTime');
  });

  test('escapes, timestamps and special values', () => {
    const { lines } = parseScrape('a{b="x\\"y\\n",c="d"} 1.5e3 1700000000\nn NaN\nf{le="+Inf"} +Inf\n', 0);
    expect(lines.get('a')).toEqual([{ labels: { b: 'x"y\n', c: 'd' }, value: 1500 }]);
    expect(lines.get('n')?.[0]?.value).toBeNaN();
    expect(lines.get('f')?.[0]).toEqual({ labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY });
  });

  test('what is no metrics is refused', () => {
    expect(() => parseScrape('<html>hello</html>', 0)).toThrow();
    expect(() => parseScrape('', 0)).toThrow('no metrics');
  });

  test.each([
    ['jvm_memory_used_bytes{area="heap"} 25\njvm_memory_max_bytes{area="heap"} 100\n', 25],
    ['process_resident_memory_bytes 30\ngo_gc_gomemlimit_bytes 60\n', 50],
    ['process_resident_memory_bytes 30\ngo_gc_gomemlimit_bytes 9.223372036854776e+18\n', undefined],
    ['process_resident_memory_bytes 30\n', undefined],
    ['deploy_guard_memory_used_bytes 1\ndeploy_guard_memory_limit_bytes 4\n', 25],
  ])('memory is told only where there is a limit: %j', (text, percent) => {
    expect(readScrapes(undefined, parseScrape(text, 0)).values.app_memory).toBe(percent);
  });

  test('a percentile beyond the last bound is beyond measure', () => {
    const buckets = [
      [1, 50],
      [2, 90],
      [Number.POSITIVE_INFINITY, 100],
    ] as const;
    expect(bucketPercentile(buckets, 50)).toBe(1);
    expect(bucketPercentile(buckets, 70)).toBe(1.5);
    expect(bucketPercentile(buckets, 95)).toBe(Number.POSITIVE_INFINITY);
    expect(bucketPercentile([], 95)).toBeUndefined();
  });
});

test('a wall clock that jumps between two scrapes changes no share of the CPU', () => {
  const text = (seconds: number) => `process_cpu_seconds_total ${seconds}\n`;
  const first = parseScrape(text(10), 1_700_000_000_000, 0);
  for (const jump of [0, 3_600_000, -3_600_000]) {
    const last = parseScrape(text(15), 1_700_000_010_000 + jump, 10_000);
    expect(readScrapes(first, last).values.app_cpu).toBe(50);
  }
});

describe('what frameworks expose', () => {
  const between = (first: string, last: string, own?: Parameters<typeof readScrapes>[2]) =>
    readScrapes(parseScrape(first, 0), parseScrape(last, 10_000), own).values;

  test.each<[string, (ok: number, bad: number) => string]>([
    [
      'Micrometer without percentiles',
      (ok, bad) =>
        `http_server_requests_seconds_count{outcome="SUCCESS",status="200",uri="/a"} ${ok}\nhttp_server_requests_seconds_count{outcome="SERVER_ERROR",status="500",uri="/a"} ${bad}\n`,
    ],
    [
      "prom-client's summary",
      (ok, bad) =>
        `http_request_duration_seconds{quantile="0.5",code="200"} 0.1\nhttp_request_duration_seconds_count{code="200"} ${ok}\nhttp_request_duration_seconds_count{code="500"} ${bad}\n`,
    ],
    [
      'Flask',
      (ok, bad) =>
        `flask_http_request_total{method="GET",status="200"} ${ok}\nflask_http_request_total{method="GET",status="500"} ${bad}\n`,
    ],
    [
      'Django',
      (ok, bad) =>
        `django_http_requests_total_by_method_total{method="GET"} ${ok + bad}\ndjango_http_responses_total_by_status_total{status="200"} ${ok}\ndjango_http_responses_total_by_status_total{status="500"} ${bad}\n`,
    ],
    [
      'a counter with blanks inside its labels',
      (ok, bad) =>
        `http_requests_total { code = "200" , method = "get" } ${ok}\nhttp_requests_total{ code="500", } ${bad} 1700000000\n`,
    ],
    [
      'a counter without status beside a histogram that has it',
      (ok, bad) =>
        `http_requests_total ${ok + bad}\nhttp_request_duration_seconds_count{code="200"} ${ok}\nhttp_request_duration_seconds_count{code="500"} ${bad}\n`,
    ],
  ])('%s is counted', (_name, text) => {
    expect(between(text(100, 10), text(130, 20))).toMatchObject({ app_requests: 40, app_error_rate: 0.25 });
  });

  test("the fine histogram of FastAPI's instrumentator comes before its coarse one", () => {
    const text = (n: number) =>
      `http_request_duration_seconds_bucket{handler="/a",le="0.1"} 0\nhttp_request_duration_seconds_bucket{handler="/a",le="1"} ${n}\nhttp_request_duration_seconds_bucket{handler="/a",le="+Inf"} ${n}\nhttp_request_duration_highr_seconds_bucket{le="0.15"} 0\nhttp_request_duration_highr_seconds_bucket{le="0.2"} ${n}\nhttp_request_duration_highr_seconds_bucket{le="+Inf"} ${n}\n`;
    expect(between(text(0), text(100)).responseTime?.[95]).toBeCloseTo(197.5, 1);
  });

  test("the gate's own requests do not dilute the share of errors", () => {
    const text = (ok: number, bad: number, path = '') =>
      `http_requests_total{code="200"${path}} ${ok}\nhttp_requests_total{code="500"${path}} ${bad}\n`;
    const own = { byPath: new Map([['/health', 90]]), sameHost: 90 };
    expect(between(text(0, 0), text(95, 5), own)).toMatchObject({ app_requests: 10, app_error_rate: 0.5 });
    const at = ',path="/orders"';
    expect(between(text(0, 0, at), text(95, 5, at), own)).toMatchObject({ app_requests: 100 });
    const own100 = { byPath: new Map(), sameHost: 100 };
    expect(between(text(0, 0), text(95, 0), own100).app_requests).toBe(0);
    // More own requests than the service counted: errors stay, so the share can only rise.
    expect(between(text(0, 0), text(10, 5), own100)).toMatchObject({ app_requests: 5, app_error_rate: 1 });
  });

  test.each<[string, string, string, boolean]>([
    ['another start time', 'process_start_time_seconds 1000.5\n', 'process_start_time_seconds 1001\n', true],
    [
      'the same start time',
      'process_start_time_seconds 1000.5\n',
      'process_start_time_seconds 1000.5\n',
      false,
    ],
    ['a counter that fell', 'http_requests_total 50\n', 'http_requests_total 49\n', true],
    ['a counter that rose', 'http_requests_total 50\n', 'http_requests_total 51\n', false],
    [
      'a series that vanished',
      'http_requests_total{code="200"} 50\nhttp_requests_total{code="500"} 2\n',
      'http_requests_total{code="200"} 60\n',
      true,
    ],
  ])('%s: several processes is %#', (_name, first, last, several) => {
    const batches = [[parseScrape(first, 0)], [parseScrape(last, 1)]];
    expect(severalProcesses(batches) !== undefined).toBe(several);
  });
});

test('a Prometheus series with NaN is not measured', () => {
  const reading = readScrapes(
    undefined,
    parseScrape('http_requests_total{status="200"} NaN\nhttp_requests_total{status="500"} 3\n', 0),
  );
  expect(reading.values).toMatchObject({ app_requests: 3, app_error_rate: 1 });
});
