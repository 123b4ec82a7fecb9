import { shorten } from '../../support/format.ts';
import { healthOf, reportedHealth } from '../http/health-words.ts';
import { type AppReading, type AppStatus, EMPTY_READING, recordAt, textAt } from './reading.ts';

/** Members under which formats list the parts of a service, in lower case. */
const CONTAINERS = ['components', 'details', 'checks', 'entries', 'results', 'info', 'error'];
const DATABASE = /^(mongo|mongodb|reactivemongo|database|db)(:|$|[-_ ])/i;

interface Component {
  readonly name: string;
  readonly entry: unknown;
  readonly word: string | undefined;
  readonly health: AppStatus | undefined;
}

/**
 * What a health document says, in any of the shapes in use: Actuator, MicroProfile, `application/health+json` (its
 * checks single or in lists), ASP.NET (`Status`, `Entries`), Terminus, Elasticsearch. A status of no known
 * vocabulary, such as a custom one of Actuator's, counts as degraded, and says so.
 * @returns undefined if the document reports no health. Pure.
 */
export function readHealthDocument(json: unknown): AppReading | undefined {
  const reported = reportedHealth(new Map(Object.entries(recordAt(json))));
  if (!reported) return undefined;
  const status: AppStatus = reported.health ?? 'degraded';
  const components = componentsOf(json);
  const bad = components.filter(({ health }) =>
    // Beneath a healthy service a component that does not know its state is usual, and says nothing.
    status === 'healthy' ? health === 'unhealthy' : health !== undefined && health !== 'healthy',
  );
  const output = textAt(json, 'output');
  const database = components.find(({ name, word }) => DATABASE.test(name) && word !== undefined);
  const error = database && outputOf(database.entry);
  return {
    ...EMPTY_READING,
    status,
    reasons: [
      ...(reported.health ? [] : [`its status ${shorten(reported.word, 60)} is not a known word`]),
      ...bad.map(({ name, word, entry }) => `${name} is ${shorten(word ?? '', 60)}${said(outputOf(entry))}`),
      ...(status !== 'healthy' && output ? [shorten(output, 200)] : []),
    ],
    ...(database
      ? { database: { up: database.health === 'healthy', ...(error ? { error: shorten(error, 200) } : {}) } }
      : {}),
  };
}

/** Whether the document's status is a word of a known vocabulary. Pure. */
export function hasKnownStatus(json: unknown): boolean {
  return reportedHealth(new Map(Object.entries(recordAt(json))))?.health !== undefined;
}

function componentsOf(json: unknown): Component[] {
  const found = new Map<string, Component>();
  for (const [key, value] of Object.entries(recordAt(json))) {
    if (!CONTAINERS.includes(key.toLowerCase()) || typeof value !== 'object' || value === null) continue;
    const entries: Array<readonly [string, unknown]> = Array.isArray(value)
      ? value.map((entry, index) => [nameOf(entry) ?? `${key} ${index + 1}`, entry] as const)
      : // One object per name, or a list of them: a service with several databases lists each.
        Object.entries(value).flatMap(([name, entry]) =>
          Array.isArray(entry) ? entry.map((one) => [name, one] as const) : [[name, entry] as const],
        );
    for (const [name, entry] of entries) {
      const reported =
        typeof entry === 'string'
          ? { word: entry, health: healthOf(entry) }
          : reportedHealth(new Map(Object.entries(recordAt(entry))));
      const before = found.get(name);
      // Terminus lists each part twice; of several instances the worst counts.
      if (before && rank(before.health) >= rank(reported?.health)) continue;
      found.set(name, { name, entry, word: reported?.word, health: reported?.health });
    }
  }
  return [...found.values()];
}

const RANKS: readonly (AppStatus | undefined)[] = [undefined, 'healthy', 'degraded', 'unhealthy'];

function rank(health: AppStatus | undefined): number {
  return RANKS.indexOf(health);
}

/** MicroProfile and ASP.NET writers list their checks with a name. */
function nameOf(entry: unknown): string | undefined {
  return textAt(entry, 'name') ?? textAt(entry, 'Name') ?? textAt(entry, 'key') ?? textAt(entry, 'Key');
}

/** Why a component is not healthy, in whichever member its format has for that. */
function outputOf(entry: unknown): string | undefined {
  return (
    textAt(entry, 'output') ??
    textAt(entry, 'error') ??
    textAt(entry, 'details', 'error') ??
    textAt(entry, 'data', 'error') ??
    textAt(entry, 'message') ??
    textAt(entry, 'description') ??
    textAt(entry, 'Description') ??
    textAt(entry, 'exception') ??
    undefined
  );
}

function said(output: string | undefined): string {
  return output ? `: ${shorten(output, 200)}` : '';
}
