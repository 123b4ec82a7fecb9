/** What a word of a health endpoint says about its service. */
export type HealthWord = 'healthy' | 'degraded' | 'unhealthy';

/**
 * The vocabularies that services report their health in, each with its source. Words are compared in lower case,
 * with blanks, hyphens and underscores alike.
 */
const VOCABULARIES: ReadonlyArray<readonly [source: string, words: Readonly<Record<string, HealthWord>>]> = [
  ['deploy-guard/monitor', { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' }],
  [
    'Spring Boot Actuator: Status, StatusAggregator',
    { up: 'healthy', down: 'unhealthy', 'out of service': 'unhealthy', unknown: 'degraded' },
  ],
  ['MicroProfile Health 4.0: HealthCheckResponse.Status', { up: 'healthy', down: 'unhealthy' }],
  [
    'draft-inadarei-api-health-check-06, 3.1, with its aliases',
    {
      pass: 'healthy',
      ok: 'healthy',
      up: 'healthy',
      warn: 'degraded',
      fail: 'unhealthy',
      error: 'unhealthy',
      down: 'unhealthy',
    },
  ],
  [
    'ASP.NET Core: HealthStatus, as text and as JSON',
    { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' },
  ],
  ['NestJS Terminus: HealthCheckStatus', { ok: 'healthy', error: 'unhealthy', 'shutting down': 'unhealthy' }],
  ['Elasticsearch, OpenSearch: cluster health', { green: 'healthy', yellow: 'degraded', red: 'unhealthy' }],
  ['gRPC health checking protocol, as JSON', { serving: 'healthy', 'not serving': 'unhealthy' }],
  [
    'plain words in use',
    {
      alive: 'healthy',
      available: 'healthy',
      good: 'healthy',
      live: 'healthy',
      operational: 'healthy',
      passed: 'healthy',
      passing: 'healthy',
      ready: 'healthy',
      running: 'healthy',
      success: 'healthy',
      partial: 'degraded',
      starting: 'degraded',
      warning: 'degraded',
      critical: 'unhealthy',
      dead: 'unhealthy',
      failed: 'unhealthy',
      failing: 'unhealthy',
      failure: 'unhealthy',
      'not healthy': 'unhealthy',
      'not ok': 'unhealthy',
      'not ready': 'unhealthy',
      offline: 'unhealthy',
      unavailable: 'unhealthy',
    },
  ],
];

const WORDS: ReadonlyMap<string, HealthWord> = new Map(
  VOCABULARIES.flatMap(([, words]) => Object.entries(words)),
);

/** What a word says; undefined for one of no known vocabulary. Pure. */
export function healthOf(word: string): HealthWord | undefined {
  if (word.length > 60) return undefined;
  return WORDS.get(
    word
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .replace(/[.!]$/, ''),
  );
}

/** Members that hold a service's status, in the order in which they count. */
const STATUS_MEMBERS = ['status', 'health', 'healthstatus', 'overallstatus'];
/** Members that answer the question yes or no. */
const YES_MEMBERS = [
  'healthy',
  'ishealthy',
  'ok',
  'ready',
  'alive',
  'up',
  'available',
  'success',
  ...STATUS_MEMBERS,
];

export interface ReportedHealth {
  /** As the service wrote it: `DOWN`, `healthy: false`. */
  readonly word: string;
  /** Undefined for a status of no known vocabulary, such as a custom one of Actuator's. */
  readonly health: HealthWord | undefined;
}

/**
 * The health that a JSON object reports at its top; undefined if it reports none. A status word comes before
 * yes and no.
 * @param members those of the object, scalars as they are
 */
export function reportedHealth(members: ReadonlyMap<string, unknown>): ReportedHealth | undefined {
  const lower = new Map(
    [...members].map(([name, value]) => [name.toLowerCase().replace(/[_-]/g, ''), { name, value }]),
  );
  let unknown: ReportedHealth | undefined;
  for (const member of STATUS_MEMBERS) {
    const found = lower.get(member);
    if (!found) continue;
    const { name, value } = found;
    const inner = typeof value === 'object' && value !== null ? value : undefined;
    // Actuator of Spring Boot 1 and 2.2 writes `{"status": {"code": "UP"}}`, others `{"health": {"status": "up"}}`.
    const word = inner
      ? ((inner as Record<string, unknown>).code ?? (inner as Record<string, unknown>).status)
      : value;
    if (typeof word === 'string' && word.trim() !== '') {
      const health = healthOf(word);
      if (health) return { word: word.trim(), health };
      unknown ??= { word: word.trim(), health: undefined };
    } else if (typeof word === 'number' && word >= 400 && word <= 599) {
      return { word: `${name}: ${word}`, health: word >= 500 ? 'unhealthy' : 'degraded' };
    }
  }
  for (const member of YES_MEMBERS) {
    const found = lower.get(member);
    if (typeof found?.value !== 'boolean') continue;
    return { word: `${found.name}: ${found.value}`, health: found.value ? 'healthy' : 'unhealthy' };
  }
  return unknown;
}
