/** What a metric's values are, and so which aggregates make sense of them. */
export type MetricType =
  /** Many values; aggregated by percentiles, average, least, greatest. */
  | 'trend'
  /** Many yes/no values; the share of yes. */
  | 'rate'
  /** One value at the end. */
  | 'value'
  /** One share at the end, as the service computed it. */
  | 'share'
  /** Percentiles as the service computed them; `p(50) p(95) p(99)` pick one. */
  | 'quantiles';

/** The unit in which values of a metric are held. */
export type Unit = 'ms' | 's' | '%' | 'B' | 'ratio' | '';

export type MetricKind = 'http' | 'tls' | 'app' | 'mongodb';

export interface Metric {
  readonly kind: MetricKind;
  readonly type: MetricType;
  readonly unit: Unit;
  /** Labels that its samples carry; thresholds may choose by them. */
  readonly labels: readonly string[];
  /** Where values end by their nature; thresholds that this makes always or never true are refused. */
  readonly min?: number;
  readonly max?: number;
  /** In a few words, for people. */
  readonly title: string;
}

const trend = (title: string): Metric => ({
  kind: 'http',
  type: 'trend',
  unit: 'ms',
  labels: ['target'],
  min: 0,
  title,
});
const mongoValue = (
  title: string,
  unit: Unit = '',
  labels: readonly string[] = [],
  max?: number,
): Metric => ({
  kind: 'mongodb',
  type: 'value',
  unit,
  labels,
  min: 0,
  ...(max === undefined ? {} : { max }),
  title,
});
const appValue = (title: string, unit: Unit, max?: number): Metric => ({
  kind: 'app',
  type: 'value',
  unit,
  labels: [],
  min: 0,
  ...(max === undefined ? {} : { max }),
  title,
});

/** Every metric that thresholds can name. */
export const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ['http_req_duration', trend('sending, waiting and receiving, without connecting')],
  ['http_req_blocked', trend('time before a connection was begun: queueing and name look-up')],
  ['http_req_connecting', trend('opening the TCP connection')],
  ['http_req_tls_handshaking', trend('TLS handshake')],
  ['http_req_waiting', trend('from the request to the first byte of the answer')],
  ['http_req_receiving', trend('from the first byte of the answer to the last')],
  [
    'http_req_failed',
    {
      kind: 'http',
      type: 'rate',
      unit: 'ratio',
      labels: ['target'],
      min: 0,
      max: 1,
      title: 'share of samples that failed',
    },
  ],
  [
    'tls_cert_expiry',
    { kind: 'tls', type: 'value', unit: 'ms', labels: ['target'], title: 'time left of the certificate' },
  ],
  [
    'mongodb_up',
    {
      kind: 'mongodb',
      type: 'rate',
      unit: 'ratio',
      labels: [],
      min: 0,
      max: 1,
      title: 'share of pings answered',
    },
  ],
  [
    'mongodb_ping_duration',
    { kind: 'mongodb', type: 'trend', unit: 'ms', labels: [], min: 0, title: 'round trip of a ping' },
  ],
  ['mongodb_collection_documents', mongoValue('documents in a collection', '', ['collection'])],
  ['mongodb_connections_used', mongoValue('share of the allowed connections in use', '%', [], 100)],
  ['mongodb_replication_lag', mongoValue('how far the slowest secondary is behind', 's')],
  ['mongodb_unhealthy_members', mongoValue('members of the replica set that should serve and do not')],
  ['mongodb_oplog_window', mongoValue('time that the oplog covers', 's')],
  ['mongodb_open_cursors', mongoValue('open cursors')],
  ['mongodb_cursor_timeouts', mongoValue('cursors that timed out during the gate')],
  ['mongodb_long_running_operations', mongoValue('operations that have been running for long')],
  ['mongodb_slow_queries', mongoValue('slow queries on the database during the gate')],
  ['mongodb_storage_size', mongoValue('data and indexes on disk', 'B')],
  ['mongodb_missing_indexes', mongoValue('expected indexes that are missing')],
  ['mongodb_unexpected_indexes', mongoValue('indexes that are not expected')],
  ['mongodb_unused_indexes', mongoValue('indexes unused for a week')],
  ['mongodb_building_indexes', mongoValue('indexes still being built')],
  ['app_requests', appValue('requests that the service counted', '')],
  [
    'app_error_rate',
    { ...appValue('share of requests that it answered with an error', 'ratio', 1), type: 'share' },
  ],
  ['app_response_time', { ...appValue('response times as it measured them', 'ms'), type: 'quantiles' }],
  ['app_cpu', appValue('CPU in use', '%')],
  ['app_memory', appValue('memory in use', '%')],
  ['app_uptime', appValue('time since it started', 's')],
  ['app_database_response_time', appValue('round trip to its database', 'ms')],
]);

/** The aggregates that a metric's type allows, as written in messages. */
export const AGGREGATES: Readonly<Record<MetricType, readonly string[]>> = {
  trend: ['p(N)', 'avg', 'min', 'max', 'med', 'count'],
  rate: ['rate', 'count'],
  value: ['value'],
  share: ['rate', 'value'],
  quantiles: ['p(50)', 'p(95)', 'p(99)'],
};
