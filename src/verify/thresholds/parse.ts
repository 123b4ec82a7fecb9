/**
 * The grammar of thresholds. Blanks may stand between any two symbols.
 *
 *     threshold  = metric [ "{" label { "," label } "}" ] ":" level { "," level }
 *     label      = name ":" ( value | '"' text '"' )
 *     level      = [ "warn" ] condition             ; at most one with `warn` and one without
 *     condition  = aggregate operator limit
 *     aggregate  = "p" "(" number ")" | "avg" | "min" | "max" | "med" | "rate" | "count" | "value"
 *     operator   = "<" | "<=" | ">" | ">=" | "==" | "!="        ; "===" is read as "=="
 *     limit      = [ sign ] number [ unit ]         ; with a sign: relative to the baseline
 *     sign       = "+" | "-"
 *     unit       = "ms" | "s" | "m" | "h" | "%" | "B" | "KB" | "MB" | "GB"
 *     metric     = a name in the catalogue          ; its type says which aggregates, labels and units it has
 *     number     = digits [ "." digits ] | "." digits
 */
import { nearest } from '../../support/nearest.ts';
import { AGGREGATES, METRICS, type Metric } from '../metrics/catalogue.ts';
import type { Labels } from '../metrics/samples.ts';
import type { Aggregate, Condition, Operator, Threshold } from './condition.ts';

/** Why a line does not parse, with the place. */
export interface ThresholdError {
  readonly message: string;
  readonly hint?: string;
  /** Where in the line, from 0, and how long. */
  readonly at: number;
  readonly length: number;
}

export type ThresholdResult =
  | { readonly ok: true; readonly threshold: Threshold }
  | { readonly ok: false; readonly error: ThresholdError };

const EXAMPLE = 'http_req_duration{target:api}: p(95)<500ms, warn p(95)<200ms';

/** Reads one threshold. Unknown metrics, labels, aggregates and units are errors, not ignored. */
export function parseThreshold(text: string): ThresholdResult {
  try {
    return { ok: true, threshold: new Parser(text).threshold() };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, error: error.details };
    throw error;
  }
}

/** The message of an error, the line, and a caret under the place. */
export function explainThresholdError(text: string, error: ThresholdError): string {
  const caret = ' '.repeat(error.at) + '^'.repeat(Math.max(1, error.length));
  return [error.message, `    ${text}`, `    ${caret}`].join('\n');
}

class ParseError extends Error {
  readonly details: ThresholdError;
  constructor(details: ThresholdError) {
    super(details.message);
    this.details = details;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  threshold(): Threshold {
    const [name, metric] = this.#metric();
    const labels = this.#labels(name, metric);
    this.#blanks();
    if (!this.#take(':')) {
      this.#fail(`expected \`:\` after the metric`, { hint: `Write it like this: ${EXAMPLE}` });
    }
    let fail: Condition | undefined;
    let warn: Condition | undefined;
    do {
      this.#blanks();
      const start = this.#at;
      const word = /^(warn)\s+/.exec(this.#rest());
      if (word) this.#at += word[0].length;
      const condition = this.#condition(name, metric);
      if (word ? warn : fail) {
        this.#fail(`a threshold has one ${word ? 'warning' : 'failing'} level`, {
          at: start,
          length: this.#at - start,
          hint: word
            ? 'Put each further one on a line of its own.'
            : 'Put each further one on a line of its own, or write `warn` before it for a warning level.',
        });
      }
      if (word) warn = condition;
      else fail = condition;
      this.#blanks();
    } while (this.#take(','));
    if (this.#at < this.#text.length) {
      this.#fail('expected the end of the line, or a comma and a warning level', {
        length: this.#text.length - this.#at,
        hint: `Write it like this: ${EXAMPLE}`,
      });
    }
    return {
      metric: name,
      labels,
      ...(fail ? { fail } : {}),
      ...(warn ? { warn } : {}),
      text: this.#text.trim(),
    };
  }

  #metric(): [string, Metric] {
    this.#blanks();
    const at = this.#at;
    const name = this.#word(/^[A-Za-z_][\w.-]*/);
    if (!name) this.#fail('expected the name of a metric', { hint: `Write it like this: ${EXAMPLE}` });
    const metric = METRICS.get(name);
    if (!metric) {
      const near = nearest(name, METRICS.keys());
      this.#fail(`unknown metric \`${name}\``, {
        at,
        length: name.length,
        hint: near ? `Did you mean \`${near}\`?` : `Known metrics: ${[...METRICS.keys()].join(', ')}.`,
      });
    }
    return [name, metric];
  }

  #labels(name: string, metric: Metric): Labels {
    this.#blanks();
    const labels: Record<string, string> = {};
    if (!this.#take('{')) return labels;
    do {
      this.#blanks();
      const at = this.#at;
      const label = this.#word(/^[A-Za-z_]\w*/);
      if (!label) this.#fail('expected the name of a label', { hint: 'Write `{target:api}`.' });
      if (!metric.labels.includes(label)) {
        this.#fail(`\`${name}\` has no label \`${label}\``, {
          at,
          length: label.length,
          hint:
            metric.labels.length > 0
              ? `Its labels: ${metric.labels.join(', ')}.`
              : 'It has no labels: leave the braces out.',
        });
      }
      if (label in labels) this.#fail(`label \`${label}\` is given twice`, { at, length: label.length });
      this.#blanks();
      if (!this.#take(':')) this.#fail('expected `:` after the label', { hint: 'Write `{target:api}`.' });
      this.#blanks();
      const value = this.#quoted() ?? this.#word(/^[^,{}":]+/)?.trim();
      if (!value)
        this.#fail(`expected a value for the label \`${label}\``, { hint: 'Write `{target:api}`.' });
      labels[label] = value;
      this.#blanks();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('expected `}` after the labels', { hint: 'Write `{target:api}`.' });
    return labels;
  }

  #condition(name: string, metric: Metric): Condition {
    const start = this.#at;
    const aggregate = this.#aggregate(name, metric);
    this.#blanks();
    const operatorAt = this.#at;
    const operator = this.#operator();
    this.#blanks();
    const valueAt = this.#at;
    const { value, relative } = this.#value(name, metric, aggregate);
    const condition: Condition = {
      aggregate,
      operator,
      value,
      ...(relative ? { relative } : {}),
      text: this.#text.slice(start, this.#at).replace(/\s+/g, ''),
    };
    this.#refuseForegone(name, metric, condition, operatorAt, valueAt);
    return condition;
  }

  #aggregate(name: string, metric: Metric): Aggregate {
    const at = this.#at;
    const word = this.#word(/^[A-Za-z]\w*/);
    if (!word) {
      this.#fail('expected an aggregate', { hint: `\`${name}\` has ${AGGREGATES[metric.type].join(', ')}.` });
    }
    const known = AGGREGATES[metric.type];
    const refuse = (message: string, hint: string): never =>
      this.#fail(message, { at, length: Math.max(this.#at - at, word.length), hint });
    if (word === 'p') {
      const number = /^\(\s*(\d+(?:\.\d+)?)\s*\)/.exec(this.#rest());
      if (!number) return refuse('a percentile needs its number in parentheses', 'Write `p(95)`.');
      this.#at += number[0].length;
      const p = Number(number[1]);
      if (p > 100) return refuse('a percentile lies between 0 and 100', 'Write `p(95)`.');
      if (metric.type === 'quantiles' && !known.includes(`p(${p})`)) {
        return refuse(`\`${name}\` is not known at p(${p})`, `It has ${known.join(', ')}.`);
      }
      if (metric.type !== 'trend' && metric.type !== 'quantiles') {
        return refuse(`\`${name}\` has no percentiles`, `It has ${known.join(', ')}.`);
      }
      return { name: 'p', p };
    }
    if (known.includes(word)) return { name: word as Exclude<Aggregate['name'], 'p'> };
    const percentileLike = /^p(\d+)$/.exec(word);
    const near = nearest(word, known);
    const hint =
      percentileLike && known.some((aggregate) => aggregate.startsWith('p('))
        ? `Write \`p(${percentileLike[1]})\`.`
        : `${near ? `Did you mean \`${near}\`? ` : ''}\`${name}\` has ${known.join(', ')}.`;
    const elsewhere = Object.values(AGGREGATES).some((list) => list.includes(word));
    return refuse(elsewhere ? `\`${name}\` has no \`${word}\`` : `unknown aggregate \`${word}\``, hint);
  }

  #operator(): Operator {
    const found = /^(<=|>=|===?|!=|<|>)/.exec(this.#rest())?.[0];
    if (!found) {
      this.#fail('expected a comparison', { hint: 'One of <, <=, >, >=, ==, !=.' });
    }
    this.#at += found.length;
    return found === '===' ? '==' : (found as Operator);
  }

  #value(
    name: string,
    metric: Metric,
    aggregate: Aggregate,
  ): { value: number; relative?: 'percent' | 'absolute' } {
    const at = this.#at;
    const found = /^([+-]?)(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z%]*)/.exec(this.#rest());
    if (!found) {
      this.#fail('expected a number', {
        hint: 'Write a number and its unit, such as `500ms`, `1%` or `+10%`.',
      });
    }
    this.#at += found[0].length;
    const [, sign = '', digits = '', unit = ''] = found;
    const number = Number(digits) * (sign === '-' ? -1 : 1);
    const unitAt = at + found[0].length - unit.length;
    if (sign !== '' && unit === '%') return { value: number, relative: 'percent' };
    const scale = aggregate.name === 'count' ? countScale(unit) : unitScale(metric, unit, number);
    if (typeof scale === 'string') {
      return this.#fail(
        unit === '' ? `\`${name}\` needs a unit` : `\`${unit}\` is not a unit of \`${name}\``,
        {
          at: unit === '' ? at : unitAt,
          length: unit === '' ? this.#at - at : unit.length,
          hint: scale,
        },
      );
    }
    return { value: number * scale, ...(sign === '' ? {} : { relative: 'absolute' as const }) };
  }

  /** A condition that always holds guards nothing; one that never holds blocks everything. Both are refused. */
  #refuseForegone(
    name: string,
    metric: Metric,
    condition: Condition,
    operatorAt: number,
    valueAt: number,
  ): void {
    if (condition.relative) return;
    const { operator, value } = condition;
    const counts = condition.aggregate.name === 'count';
    const min = counts ? 0 : metric.min;
    const max = counts ? undefined : metric.max;
    const place = { at: operatorAt, length: this.#at - operatorAt };
    const belowMin = min !== undefined && value < min;
    const aboveMax = max !== undefined && value > max;
    const never =
      (operator === '<' && min !== undefined && value <= min) ||
      (operator === '<=' && belowMin) ||
      (operator === '>' && max !== undefined && value >= max) ||
      (operator === '>=' && aboveMax) ||
      (operator === '==' && (belowMin || aboveMax));
    const always =
      (operator === '>=' && min !== undefined && value <= min) ||
      (operator === '>' && belowMin) ||
      (operator === '<=' && max !== undefined && value >= max) ||
      (operator === '<' && aboveMax) ||
      (operator === '!=' && (belowMin || aboveMax));
    if (!never && !always) return;
    const percent = metric.unit === 'ratio' && aboveMax ? this.#text.slice(valueAt, this.#at) : undefined;
    this.#fail(
      `\`${name}\` ${range(min, max)}, so this ${never ? 'can never hold' : 'always holds'}`,
      percent
        ? { ...place, hint: `Did you mean \`${percent}%\`?` }
        : { ...place, hint: never ? 'Write a limit that can be kept.' : 'Write a limit that can be broken.' },
    );
  }

  #quoted(): string | undefined {
    const found = /^"([^"]*)"/.exec(this.#rest());
    if (!found) return undefined;
    this.#at += found[0].length;
    return found[1];
  }

  #word(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest())?.[0];
    if (found) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #fail(message: string, place: { at?: number; length?: number; hint?: string } = {}): never {
    throw new ParseError({
      message,
      at: place.at ?? this.#at,
      length: place.length ?? 1,
      ...(place.hint ? { hint: place.hint } : {}),
    });
  }
}

const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const SIZES: Readonly<Record<string, number>> = { B: 1, KB: 1_024, MB: 1_024 ** 2, GB: 1_024 ** 3 };

/** From a unit as written to the metric's own, or in words what to write instead. */
function unitScale(metric: Metric, unit: string, number: number): number | string {
  switch (metric.unit) {
    case 'ms':
    case 's': {
      // A bare certificate time may be meant as days, hours or milliseconds.
      if (unit === '' && metric.kind === 'tls' && number !== 0)
        return `Write it with its unit: \`${number}h\`.`;
      const time = TIMES[unit === '' ? metric.unit : unit];
      return time === undefined ? 'It is a time: ms, s, m or h.' : time / (metric.unit === 's' ? 1_000 : 1);
    }
    case 'ratio':
      return unit === '' ? 1 : unit === '%' ? 0.01 : 'It is a share: write `0.01` or `1%`.';
    case '%':
      return unit === '' || unit === '%' ? 1 : 'It is a percentage: write `80%`.';
    case 'B': {
      const size = SIZES[unit === '' ? 'B' : unit];
      return size === undefined ? 'It is a size: B, KB, MB or GB.' : size;
    }
    default:
      return countScale(unit);
  }
}

function countScale(unit: string): number | string {
  return unit === '' ? 1 : 'It is a plain number: leave the unit out.';
}

/** No metric has an upper bound alone. */
function range(min: number | undefined, max: number | undefined): string {
  return max === undefined ? `is never below ${min}` : `lies between ${min} and ${max}`;
}
