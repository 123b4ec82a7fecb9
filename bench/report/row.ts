import type { Dist, Ratio, Results } from './results.ts';

/** One figure: what it says, and what repeats it. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it must be; none where it is shown for comparison. */
  readonly wanted?: string;
  readonly held?: boolean;
  readonly command: string;
}

export interface Found {
  readonly results: Results;
  readonly dist: Dist;
}

export interface Section {
  readonly name: string;
  readonly title: string;
  /** What measures it, said where there is no result yet. */
  readonly command: string;
  readonly plot?: { readonly file: string; readonly says: string };
  /** No rows: not measured yet. */
  rows(found: Found): readonly Row[];
}

export function figure(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** A ratio or time with its interval, where it has one. */
export function interval(value: Ratio): string {
  if (typeof value === 'number') return figure(value);
  return `${figure(value.value)} [${figure(value.low)} – ${figure(value.high)}]`;
}

export function middleOf(value: Ratio): number {
  return typeof value === 'number' ? value : value.value;
}

export const atMost = (value: number, limit: number, unit = '') => ({
  wanted: `≤ ${figure(limit)}${unit}`,
  held: value <= limit,
});
export const atLeast = (value: number, limit: number, unit = '') => ({
  wanted: `≥ ${figure(limit)}${unit}`,
  held: value >= limit,
});
export const between = (value: number, low: number, high: number) => ({
  wanted: `${figure(low)} to ${figure(high)}`,
  held: value >= low && value <= high,
});
export const exactly = (value: number, wanted: number) => ({
  wanted: String(wanted),
  held: value === wanted,
});
