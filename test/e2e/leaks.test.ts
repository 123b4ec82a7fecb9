import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { type ActionResult, runAction } from '../support/action.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/**
 * Every secret that can be given, in worlds that send back what they got: nothing that a run writes may hold
 * one, in any form. An input that is secret and not in this list fails the last test.
 */
const secret = (name: string) => `${name}-S3cr3t/${Buffer.from(name).toString('hex')}+%`;
const encoded = (name: string) => encodeURIComponent(secret(name));

let echo: Server;
let smtp: SmtpSink;
let folder = '';
let origin = '';
const received: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leaks-'));
  // Answers every request with an error that repeats the request: address, headers and body.
  echo = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const said = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
      received.push(said);
      response.writeHead(400, said.slice(0, 40).replace(/[^\x20-\x7e]/g, ''), {
        'content-type': 'application/json',
        location: request.url ?? '',
      });
      response.end(JSON.stringify({ ok: false, error: said, version: said, message: said }));
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  smtp = await startSmtpSink({ auth: { user: 'somebody', password: 'else' } });
  await writeFile(
    join(folder, 'report.json'),
    JSON.stringify({
      schema: 'deploy-guard.report/v1',
      mode: 'verify',
      environment: 'production',
      dryRun: false,
      startedAt: '2026-01-27T20:00:00.000Z',
      finishedAt: '2026-01-27T20:00:12.000Z',
      verdict: 'fail',
      checks: [
        {
          id: 'api/http_req_failed/rate',
          kind: 'http',
          target: 'api',
          metric: 'http_req_failed',
          observed: 1,
          unit: '',
          threshold: 'rate==0',
          samples: 10,
          attempts: 10,
          verdict: 'fail',
          // A report of another run may hold what this run was given.
          reason: `refused Bearer ${secret('webhook-secret')}`,
        },
      ],
      alerts: [],
    }),
  );
});
afterAll(async () => {
  await new Promise((resolve) => echo.close(resolve));
  await smtp.close();
  await rm(folder, { recursive: true, force: true });
});

const withUser = (name: string, path = '/') =>
  `${origin.replace('://', `://user:${encoded(name)}@`)}${path}?key=${encoded(`${name}-query`)}`;

interface World {
  name: string;
  inputs: () => Record<string, string>;
  /** Names of the secrets in it. */
  secrets: string[];
}

const quick = {
  'wait-timeout': '100ms',
  timeout: '500ms',
  interval: '1ms',
  samples: '2',
  warmup: '0',
  state: 'none',
};

const WORLDS: World[] = [
  {
    name: 'verify, with targets that refuse and a database that does not answer',
    inputs: () => ({
      ...quick,
      mode: 'verify',
      targets: `api=${withUser('targets')}`,
      'control-target': withUser('control-target'),
      'health-base-url': withUser('health-base-url', '/base'),
      'prometheus-url': withUser('prometheus-url', '/metrics'),
      headers: `X-Api-Key: ${secret('headers')}`,
      'bearer-token': secret('bearer-token').replace(/[^\x21-\x7e]/g, ''),
      'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop`,
      'github-token': secret('github-token'),
      'expected-version': '1.2.3',
      'report-html': join(folder, 'report.html'),
    }),
    secrets: [
      'targets',
      'targets-query',
      'control-target',
      'control-target-query',
      'health-base-url',
      'health-base-url-query',
      'prometheus-url',
      'prometheus-url-query',
      'headers',
      'bearer-token',
      'mongodb-uri',
      'github-token',
    ],
  },
  {
    name: 'alert, with channels that refuse',
    inputs: () => ({
      mode: 'alert',
      state: 'none',
      'from-report': join(folder, 'report.json'),
      'slack-webhook-url': `${origin}/services/T0/B0/${encoded('slack-webhook-url')}`,
      'smtp-url': smtp.url
        .replace('://', `://user:${encoded('smtp-url')}@`)
        .replace('smtp://', 'smtp+starttls://'),
      'email-from': 'a@example.com',
      'email-to': 'b@example.com',
      'webhook-url': `${origin}/hook?token=${encoded('webhook-url')}`,
      'webhook-secret': secret('webhook-secret'),
      'github-token': secret('github-token'),
      channels: 'slack,email,github-issue,webhook,log',
    }),
    secrets: ['slack-webhook-url', 'smtp-url', 'webhook-url', 'webhook-secret', 'github-token'],
  },
  {
    name: 'alert by Slack’s token, refused',
    inputs: () => ({
      mode: 'alert',
      state: 'none',
      title: 'a title',
      message: `somebody pasted ${secret('slack-token')} here`,
      'slack-token': secret('slack-token'),
      'slack-channel': '#deployments',
      'slack-api-url': `${origin}/api/`,
    }),
    secrets: ['slack-token'],
  },
  {
    name: 'rollback, with a database that does not answer',
    inputs: () => ({
      mode: 'rollback',
      operation: 'plan',
      steps: '19',
      'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300`,
      'github-token': secret('github-token'),
    }),
    secrets: ['mongodb-uri', 'github-token'],
  },
  {
    name: 'bad input beside every secret',
    inputs: () => ({
      mode: 'verify',
      targets: `no url ${encoded('targets')}\nftp://user:${encoded('targets')}@host/`,
      headers: `not a header ${secret('headers')}`,
      'mongodb-uri': `mongodb://app:${secret('mongodb-uri')}@@host/shop`,
      'slack-webhook-url': `ftp://${secret('slack-webhook-url')}`,
      'smtp-url': `smtp://user:${secret('smtp-url')}@`,
      samples: 'many',
    }),
    secrets: ['targets', 'headers', 'mongodb-uri', 'slack-webhook-url', 'smtp-url'],
  },
];

/** The forms in which a secret can turn up. */
function formsOf(name: string): string[] {
  const raw = secret(name);
  const base64 = [0, 1, 2].map((offset) =>
    // The middle of the encoded text, which does not depend on what stands around it.
    Buffer.from('x'.repeat(offset) + raw)
      .toString('base64')
      .replaceAll('=', '')
      .slice(4, -4),
  );
  // A part of it, as a cut would leave it.
  const part = Buffer.from(name).toString('hex').slice(0, 12);
  return [part, raw, encodeURIComponent(raw), encodeURI(raw), JSON.stringify(raw).slice(1, -1), ...base64];
}

/** Everything that a run has written, by the name of the channel. Masks are how the runner learns of secrets. */
async function channelsOf(run: ActionResult): Promise<Record<string, string>> {
  return {
    stdout: run.stdout.replace(/^::add-mask::.*$/gm, ''),
    stderr: run.stderr,
    summary: run.summary,
    outputs: JSON.stringify(run.outputs),
    report: JSON.stringify(run.report ?? null),
    html: await readFile(join(folder, 'report.html'), 'utf8').catch(() => ''),
  };
}

describe('no secret leaves a run', () => {
  test.each(WORLDS)('$name', async ({ inputs, secrets }) => {
    received.length = 0;
    const run = await runAction({
      inputs: inputs(),
      env: { GITHUB_API_URL: origin, NODE_DEBUG: '', ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' },
    });
    expect(run.exitCode).toBe(1);
    for (const [channel, text] of Object.entries(await channelsOf(run))) {
      for (const name of secrets) {
        for (const form of formsOf(name))
          expect(text.includes(form), `${name} as ${form} in ${channel}:\n${text}`).toBe(false);
      }
    }
  });

  test('every secret input is in one of these worlds', () => {
    const searched = new Set(WORLDS.flatMap((world) => world.secrets));
    const secretInputs = Object.entries(ALL_INPUTS)
      .filter(([, input]) => input.secret || input.secretParts)
      .map(([name]) => name);
    expect(secretInputs.filter((name) => !searched.has(name))).toEqual([]);
  });
});
