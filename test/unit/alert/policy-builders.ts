import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import type { PolicyRun } from '../../../src/alert/policy/decision.ts';
import { DEFAULT_INHIBITIONS } from '../../../src/alert/policy/inhibition.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NOW = Date.UTC(2026, 0, 27, 12);

/** Two usual channels, and two that only routes and escalations use. */
export const RULES: PolicyRules = {
  repeatIntervalMs: 4 * HOUR,
  sendResolved: true,
  claimMs: 90_000,
  failureThreshold: 1,
  successThreshold: 1,
  channels: ['slack', 'email'],
  allChannels: ['slack', 'email', 'webhook', 'log'],
  routes: [],
  escalations: [],
  inhibitions: DEFAULT_INHIBITIONS,
  quiet: [],
};

export const RUN: PolicyRun = { environment: 'production', now: NOW, claimId: 'me', holder: 'my run' };

export function alertOf(type: string, over: Partial<FiringAlert> = {}): FiringAlert {
  return {
    fingerprint: `${type}/${over.source ?? 'api'}/${over.check ?? 'c'}`,
    type,
    environment: 'production',
    source: 'api',
    check: 'c',
    severity: 'error',
    title: `title of ${type}`,
    message: 'message',
    facts: [],
    labels: {},
    event: false,
    ...over,
  };
}

/** An alert that has been firing for an hour. */
export function memoryOf(type: string, over: Partial<AlertMemory> = {}): AlertMemory {
  return {
    fingerprint: `${type}/${over.source ?? 'api'}/${over.check ?? 'c'}`,
    type,
    source: 'api',
    check: 'c',
    severity: 'error',
    title: `title of ${type}`,
    message: 'message',
    labels: {},
    status: 'firing',
    episode: 1,
    firedAt: NOW - HOUR,
    seenAt: NOW - MINUTE,
    failures: 3,
    passes: 0,
    held: 0,
    references: {},
    ...over,
  };
}

/** How it was notified an hour ago. */
export function notified(
  over: Partial<NonNullable<AlertMemory['notified']>> = {},
): NonNullable<AlertMemory['notified']> {
  return { at: NOW - HOUR, severity: 'error', count: 1, level: 0, channels: ['slack', 'email'], ...over };
}

/** What a run said that it would send half an hour ago, and has no time for any more. */
export function deadClaim(over: Partial<NonNullable<AlertMemory['claim']>> = {}) {
  return {
    id: 'other',
    holder: 'another run',
    kind: 'firing' as const,
    rule: 'first-notification',
    at: NOW - 30 * MINUTE,
    until: NOW - 30 * MINUTE + 90_000,
    channels: ['slack', 'email'],
    delivered: [],
    notifiedBefore: 7,
    ...over,
  };
}
