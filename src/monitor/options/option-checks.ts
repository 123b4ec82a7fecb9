import { parseDuration } from '../../support/duration.ts';
import { ConfigurationError } from '../../support/errors.ts';
import type { Problem } from '../../support/problem.ts';
import { DEFAULT_THRESHOLDS, type Level, type Thresholds } from '../alerts/rules.ts';
import { isMongoSource, type MongoSource } from '../database/port.ts';

/** Shorter tokens can be guessed. */
export const SHORTEST_TOKEN = 16;

/** Reads single options of whatever shape, and gathers what is wrong with them. */
export class OptionChecks {
  readonly #problems: Problem[] = [];

  problem(where: string, message: string, hint: string): void {
    this.#problems.push({ code: 'invalid-option', where, message, hint });
  }

  done(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems);
  }

  text(where: string, value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.problem(where, 'is missing or empty', `Give a text, such as ${where}: '1.2.3'.`);
    return '';
  }

  version(value: unknown): () => string {
    if (typeof value === 'function') return () => String(value());
    const text = this.text('version', value);
    return () => text;
  }

  flag(where: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.problem(where, `${typeof value} is no boolean`, 'Write true or false.');
    return fallback;
  }

  integer(where: string, value: unknown, fallback: number, least: number, most: number): number {
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.problem(where, `${shape(value)} is out of range`, `Write a whole number from ${least} to ${most}.`);
    return fallback;
  }

  duration(where: string, value: unknown, fallback: string, leastMs: number, mostMs: number): number {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (value === undefined) return parseDuration(fallback) ?? leastMs;
    if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
    const range = `from ${leastMs / 1_000}s to ${mostMs / 1_000}s`;
    this.problem(
      where,
      `${shape(value)} is no duration ${range}`,
      `Write a duration ${range}, such as '${fallback}'.`,
    );
    return leastMs;
  }

  names(where: string, value: unknown): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')) return value;
    this.problem(where, 'is no list of names', `Write ${where}: ['orders', 'users'].`);
    return undefined;
  }

  callback<T>(where: string, value: T): T {
    if (value !== undefined && typeof value !== 'function') {
      this.problem(where, `${typeof value} is no function`, 'Give a function, or leave it out.');
    }
    return value;
  }

  mongo(value: unknown): MongoSource | null {
    if (value === undefined) return null;
    if (isMongoSource(value)) return value;
    this.problem(
      'mongo',
      `${value === null ? 'null' : typeof value} is neither a MongoClient nor a Db`,
      'Give the MongoClient or Db of the app (of Mongoose: connection.getClient()), or a function that returns it.',
    );
    return null;
  }

  basePath(value: unknown): string {
    const path = typeof value === 'string' ? value.replace(/\/+$/, '') : undefined;
    if (path !== undefined && (path === '' || /^(\/[\w.~-]+)+$/.test(path))) return path;
    this.problem('basePath', `${shape(value)} is no path`, "Write a path such as '/api', without query.");
    return '/api';
  }

  /** Shows a token's length only, never the token. */
  tokens(adminToken: unknown): readonly string[] {
    if (adminToken === false) return [];
    const tokens: readonly unknown[] = Array.isArray(adminToken) ? adminToken : [adminToken];
    const hint =
      'Set it to 16 random characters or more (openssl rand -hex 32); to leave the endpoints open, write adminToken: false.';
    if (tokens.length === 0) this.problem('adminToken', 'was given but holds no token', hint);
    for (const token of tokens) {
      if (typeof token !== 'string' || token === '') {
        this.problem('adminToken', 'was given but is empty', hint);
      } else if (token.length < SHORTEST_TOKEN) {
        this.problem('adminToken', `${token.length} characters are too few`, hint);
      } else if (!/^[\x21-\x7e]+$/.test(token)) {
        this.problem('adminToken', 'holds a blank or a character that a header cannot carry', hint);
      }
    }
    return tokens.filter((token) => typeof token === 'string');
  }

  thresholds(overrides: unknown): Thresholds {
    if (overrides === undefined) return DEFAULT_THRESHOLDS;
    const known = Object.keys(DEFAULT_THRESHOLDS);
    if (overrides === null || typeof overrides !== 'object') {
      this.problem('thresholds', `${shape(overrides)} is no object`, `Its keys are: ${known.join(', ')}.`);
      return DEFAULT_THRESHOLDS;
    }
    const result: Record<keyof Thresholds, Level> = { ...DEFAULT_THRESHOLDS };
    for (const [name, level] of Object.entries(overrides)) {
      if (!isThreshold(name)) {
        this.problem(
          `thresholds.${name}`,
          'there is no such threshold',
          `Write one of: ${known.join(', ')}.`,
        );
      } else if (level !== undefined) {
        result[name] = this.#level(`thresholds.${name}`, level, DEFAULT_THRESHOLDS[name]);
      }
    }
    return result;
  }

  #level(where: string, level: unknown, fallback: Level): Level {
    if (level === null || typeof level !== 'object') {
      this.problem(
        where,
        `${shape(level)} is no level`,
        'Write { degraded: NUMBER, unhealthy: NUMBER }; null switches one off.',
      );
      return fallback;
    }
    const result: { degraded: number | null; unhealthy: number | null } = { ...fallback };
    for (const [side, value] of Object.entries(level)) {
      if (side !== 'degraded' && side !== 'unhealthy') {
        this.problem(`${where}.${side}`, 'there is no such level', 'Write degraded or unhealthy.');
      } else if (value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) {
        result[side] = value;
      } else if (value !== undefined) {
        this.problem(
          `${where}.${side}`,
          `${shape(value)} is no level`,
          'Write a number of 0 or more, or null to switch it off.',
        );
      }
    }
    if (result.degraded !== null && result.unhealthy !== null && result.degraded > result.unhealthy) {
      this.problem(
        where,
        `degraded (${result.degraded}) is above unhealthy (${result.unhealthy})`,
        'Write a lower degraded, or unhealthy: null.',
      );
    }
    return result;
  }
}

function isThreshold(name: string): name is keyof Thresholds {
  return Object.hasOwn(DEFAULT_THRESHOLDS, name);
}

/** A value for a message: short ones as they are, the rest by their type. */
function shape(value: unknown): string {
  const text =
    typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? String(value) : typeof value;
  return text.length > 40 ? typeof value : text;
}
