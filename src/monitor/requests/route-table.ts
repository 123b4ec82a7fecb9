import { OTHER, UNMATCHED } from './route-template.ts';
import { SlidingWindow } from './sliding-window.ts';

/** Upper bounds of the Prometheus buckets, in milliseconds: the ones that prom-client uses by default. */
export const BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** Two figures: a route's percentile is at most 1 % above the exact one. */
export const ROUTE_FIGURES = 2;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Statistics of one method and route template, for the window and since the start. */
export class RouteStatistics {
  readonly method: string;
  readonly route: string;
  readonly window: SlidingWindow;
  /** By status class, index 1 to 5 for 1xx to 5xx; index 0 holds the aborted ones. */
  readonly classTotals = new Float64Array(6);
  /** Not cumulative; the last one is everything above the highest bound. */
  readonly buckets = new Float64Array(BUCKETS_MS.length + 1);
  total = 0;
  sumMs = 0;

  constructor(method: string, route: string, slots: number) {
    this.method = method;
    this.route = route;
    this.window = new SlidingWindow(slots, ROUTE_FIGURES);
  }

  /** Adds the totals since the start of a row that ends; its window is empty. */
  absorb(row: RouteStatistics): void {
    this.total += row.total;
    this.sumMs += row.sumMs;
    for (const [index, count] of row.classTotals.entries())
      this.classTotals[index] = (this.classTotals[index] ?? 0) + count;
    for (const [index, count] of row.buckets.entries())
      this.buckets[index] = (this.buckets[index] ?? 0) + count;
  }
}

/**
 * The routes that have a row of their own: at most `limit`, first come first served. What comes later shares
 * the row `(other)`, and what matched no route the row `(unmatched)`, so that a scanner's made-up paths
 * neither grow memory nor push out routes that are asked for. A row without a request in the whole window gives its
 * place to a new route, and its totals to `(other)`: paths made up once must not fill the table for good.
 */
export class RouteTable {
  readonly limit: number;
  readonly other: RouteStatistics;
  readonly unmatched: RouteStatistics;
  readonly #slots: number;
  readonly #byMethod = new Map<string, Map<string, RouteStatistics>>();
  readonly #rows: RouteStatistics[] = [];
  /** No row was idle when one was last looked for; it changes only when a slot is emptied. */
  #allInUse = false;

  constructor(limit: number, slots: number) {
    this.limit = limit;
    this.#slots = slots;
    this.other = new RouteStatistics('*', OTHER, slots);
    this.unmatched = new RouteStatistics('*', UNMATCHED, slots);
  }

  /** How many routes have a row of their own. */
  get tracked(): number {
    return this.#rows.length;
  }

  /** The row if there is one already. */
  find(method: string, route: string): RouteStatistics | undefined {
    return this.#byMethod.get(method)?.get(route);
  }

  /** The row of a route; a new one while there is room, else the shared one. */
  row(method: string, route: string): RouteStatistics {
    const known = this.#byMethod.get(method)?.get(route);
    return known ?? this.#add(METHODS.has(method) ? method : '*', route);
  }

  #add(method: string, route: string): RouteStatistics {
    let routes = this.#byMethod.get(method);
    const known = routes?.get(route);
    if (known !== undefined) return known;
    if (this.#rows.length >= this.limit && !this.#removeIdle()) return this.other;
    if (routes === undefined) {
      routes = new Map();
      this.#byMethod.set(method, routes);
    }
    const row = new RouteStatistics(method, route, this.#slots);
    routes.set(route, row);
    this.#rows.push(row);
    return row;
  }

  /** Frees the places of all rows that were not asked for in the window. @returns whether there was one */
  #removeIdle(): boolean {
    if (this.#allInUse) return false;
    const kept: RouteStatistics[] = [];
    for (const row of this.#rows) {
      if (row.window.count > 0) kept.push(row);
      else {
        this.other.absorb(row);
        this.#byMethod.get(row.method)?.delete(row.route);
      }
    }
    this.#allInUse = kept.length === this.#rows.length;
    this.#rows.splice(0, this.#rows.length, ...kept);
    return !this.#allInUse;
  }

  /** Every row, the shared ones last and only where they hold something. */
  rows(): RouteStatistics[] {
    return [...this.#rows, ...[this.unmatched, this.other].filter((row) => row.total > 0)];
  }

  /** Empties one slot of every row. */
  clear(slot: number): void {
    this.#allInUse = false;
    for (const row of this.#rows) row.window.clear(slot);
    this.other.window.clear(slot);
    this.unmatched.window.clear(slot);
  }
}
