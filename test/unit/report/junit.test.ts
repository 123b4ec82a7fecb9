import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../../src/report/junit.ts';
import { type Check, REPORT_SCHEMA, type Report, type ReportAlert } from '../../../src/report/schema.ts';
import { VERDICTS } from '../../../src/report/vocabulary.ts';
import { reportStep } from '../../support/report-step.ts';

const check = (over: Partial<Check>): Check => ({
  id: 'api/x',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 12.3,
  unit: 'ms',
  threshold: 'p(95)<200ms',
  samples: 10,
  attempts: 10,
  verdict: 'pass',
  reason: 'p(95) is 12.3 ms',
  ...over,
});
const report = (over: Partial<Report>): Report => ({
  schema: REPORT_SCHEMA,
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.500Z',
  verdict: 'pass',
  checks: [],
  alerts: [],
  ...over,
});

interface Suite {
  [attribute: `@${string}`]: string;
  testcase: (Record<string, unknown> & { '@name': string })[];
}

/** As a CI system reads it. */
function read(xml: string): Suite {
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => name === 'testcase',
    parseTagValue: false,
  });
  return (parser.parse(xml) as { testsuites: { testsuite: Suite } }).testsuites.testsuite;
}

test('each check is a case by its target: fail is a failure, unmeasured and inconclusive are errors', () => {
  const suite = read(
    renderJunit(
      report({
        verdict: 'fail',
        checks: [
          check({}),
          check({ verdict: 'warn', reason: 'slow' }),
          check({ verdict: 'fail', target: 'web', reason: 'HTTP 500 <b>', hint: 'Look & "see".' }),
          check({ verdict: 'error', reason: 'nothing was measured' }),
          check({ verdict: 'inconclusive', reason: 'too few' }),
          check({ verdict: 'skipped', reason: 'not allowed' }),
        ],
      }),
    ),
  );
  expect(suite).toMatchObject({
    '@name': 'verify · production',
    '@tests': '6',
    '@failures': '1',
    '@errors': '2',
    '@skipped': '1',
    '@time': '1.5',
    '@timestamp': '2026-01-01T00:00:00',
  });
  expect(suite.testcase[2]).toMatchObject({
    '@classname': 'web',
    '@name': 'http_req_duration p(95)<200ms',
    failure: { '@message': 'HTTP 500 <b>', '@type': 'fail', '#text': 'HTTP 500 <b>\nLook & "see".' },
  });
  expect(suite.testcase[3]).toMatchObject({ error: { '@type': 'error' } });
  expect(suite.testcase[5]).toMatchObject({ skipped: { '@message': 'not allowed' } });
  expect(suite.testcase[1]).not.toHaveProperty('failure');
});

test('STEPs and deliveries are cases of their own', () => {
  const alert = {
    fingerprint: 'f',
    type: 'service-down',
    severity: 'critical',
    status: 'failed',
    decision: 'send',
    reason: 'new',
    title: 'api is down',
    channels: [
      { name: 'slack', status: 'failed', error: 'the channel is archived' },
      { name: 'log', status: 'sent' },
    ],
  } as unknown as ReportAlert;
  const rollback = {
    operation: 'apply',
    operationId: 'op-1',
    planDigest: 'd',
    state: 'failed',
    steps: [
      reportStep({ step: '19', state: 'rolled_back', durationMs: 1_500 }),
      reportStep({ step: '20', state: 'rollback_failed', error: 'the disk is full' }),
    ],
  } as const satisfies Report['rollback'];
  const suite = read(renderJunit(report({ mode: 'rollback', verdict: 'fail', rollback, alerts: [alert] })));
  expect(suite).toMatchObject({ '@tests': '4', '@failures': '2' });
  expect(suite.testcase[0]).toMatchObject({ '@classname': 'rollback.apply', '@time': '1.5' });
  expect(suite.testcase[1]).toMatchObject({ failure: { '@message': 'the disk is full' } });
  expect(suite.testcase[2]).toMatchObject({ '@classname': 'alert.slack', failure: { '@type': 'delivery' } });
});

describe('a file is never green for a run that is not', () => {
  test('a configuration error is one case with its cause', () => {
    const suite = read(
      renderJunit(report({ verdict: 'error', cause: "samples: 'x' is not a number\n  Write 10." })),
    );
    expect(suite).toMatchObject({ '@tests': '1', '@errors': '1' });
    expect(suite.testcase[0]).toMatchObject({ error: { '@message': "samples: 'x' is not a number" } });
  });

  test('property: it is well-formed for any text, and has a failure or an error exactly if the verdict is bad', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(
        fc.constantFrom(...VERDICTS),
        fc.array(text, { maxLength: 3 }),
        text,
        (verdict, reasons, cause) => {
          const xml = renderJunit(
            report({
              verdict,
              cause,
              checks: reasons.map((reason) => check({ verdict: 'pass', reason, target: cause })),
            }),
          );
          const suite = read(xml);
          const red = Number(suite['@failures']) + Number(suite['@errors']) > 0;
          expect(red).toBe(['fail', 'error', 'inconclusive'].includes(verdict));
          expect(suite.testcase.length).toBe(Number(suite['@tests']));
        },
      ),
    );
  });
});
