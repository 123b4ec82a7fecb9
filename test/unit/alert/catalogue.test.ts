import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { incomingOf } from '../../../src/alert/catalogue/from-report.ts';
import { ALERT_TYPE_NAMES, ALERT_TYPES, alertType, runbookOf } from '../../../src/alert/catalogue/types.ts';

const docs = readFileSync(new URL('../../../docs/ALERTS.md', import.meta.url), 'utf8');
const headings = [...docs.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

const incoming = (type: string, types = {}) =>
  incomingOf(
    {
      subject: { kind: 'own', type, title: 'T', source: 'api', resolve: false },
      labels: {},
      fireOn: ['fail'],
      types,
    },
    'production',
    'app',
  ).firing[0];

describe('each common alert', () => {
  test.each(ALERT_TYPE_NAMES.filter((name) => name !== 'custom'))(
    '%s says what it means, what to do first, and has a runbook that exists',
    (name) => {
      const { title, meaning, firstStep } = ALERT_TYPES[name];
      expect([title, meaning, firstStep].every((text) => text.length > 5)).toBe(true);
      expect(headings).toContain(name);
      expect(runbookOf(name)).toMatch(new RegExp(`#${name}$`));
      expect(incoming(name)).toMatchObject({ type: name, severity: ALERT_TYPES[name].severity, firstStep });
    },
  );

  test.each([
    'database-down',
    'database-slow',
    'high-error-rate',
    'slow-responses',
    'high-cpu',
    'high-memory',
    'service-down',
    'certificate-expiring',
    'rollback-executed',
    'rollback-failed',
  ])('%s is one of them', (name) => expect(ALERT_TYPE_NAMES).toContain(name));
});

test('a type of the user’s own has its own words; an unknown one is an alert of its own', () => {
  const types = {
    'queue-full': {
      ...alertType('custom'),
      title: 'Queue full',
      firstStep: 'Look.',
      runbook: 'https://w.example/q',
    },
  };
  expect(incoming('queue-full', types)).toMatchObject({ firstStep: 'Look.', runbook: 'https://w.example/q' });
  expect(incoming('nothing-known')?.runbook).toBeUndefined();
  expect(alertType('constructor')).toBe(ALERT_TYPES.custom);
});
