/**
 * One alert by email and by webhook, against the bare call that a script would make in its place: nodemailer's
 * `sendMail`, and a `fetch` of undici, with what our own message held. The difference is what decision, state and
 * redaction cost; beside it what the bare call does not do. Writes bench/results/alert-bare.json.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { Agent, fetch } from 'undici';
import type { ModeResult } from '../../src/report/schema.ts';
import { Redactor } from '../../src/support/redact.ts';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';
import { interleave, timed } from '../support/rounds.ts';
import { startHttpSink } from './http-sink.ts';
import { tell } from './own-alert.ts';

const ROUNDS = sized(40, 3);
const FROM = 'guard@shop.example';
const TO = 'ops@shop.example';
const SECRET = 'whsec-4f9d1c-not-for-a-message';

const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-bench-'));
const smtp = await startSmtpSink();
const http = await startHttpSink();
const redactor = new Redactor([SECRET]);
let files = 0;

type Way = (title: string, stateFile: string) => Promise<unknown>;

const email = {
  server: { host: '127.0.0.1', port: smtp.port, tls: 'offered' },
  from: FROM,
  to: [TO],
} as const;
const throughUs =
  (to: Parameters<typeof tell>[0]['to']): Way =>
  async (title, stateFile) => {
    const redact = (text: string) => redactor.redact(text);
    const result = await tell({ to, stateFile, title, message: title, redact });
    if (statusOf(result) !== 'sent' && statusOf(result) !== 'suppressed')
      throw new Error(`the alert was ${statusOf(result)}`);
  };

function statusOf(result: ModeResult): string | undefined {
  return result.alerts?.[0]?.status;
}

/** What one message of ours holds, so that the bare call sends no less. */
async function sample(way: Way) {
  await way('sample', join(folder, 'sample.json'));
}

const bareMail: Way = async (title) => {
  const transport = createTransport({ host: '127.0.0.1', port: smtp.port });
  await transport.sendMail({
    from: FROM,
    to: TO,
    subject: title,
    text: mail.text ?? '',
    html: mail.html ?? '',
  });
  transport.close();
};

const bareWebhook: Way = async (title) => {
  const dispatcher = new Agent();
  const body = JSON.stringify({ ...webhook, title });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(http.url, { method: 'POST', body, headers, dispatcher });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  await answer.text();
  await dispatcher.close();
};

/** Times the way, and counts the time only if exactly one message arrived that holds the title. */
async function delivered(way: Way, arrived: () => readonly string[], persists: boolean): Promise<number> {
  const title = `high CPU, number ${files++}`;
  const stateFile = join(folder, `${files}.json`);
  const before = arrived().length;
  const ms = await timed(() => way(title, stateFile));
  const messages = arrived().slice(before);
  if (messages.length !== 1 || !messages[0]?.includes(title))
    throw new Error(`${messages.length} messages arrived, not the one of ${title}`);
  if (persists && !(await readFile(stateFile, 'utf8')).includes('high-cpu'))
    throw new Error('the state does not know of the alert');
  return ms;
}

async function compare(ours: Way, bare: Way, arrived: () => readonly string[]) {
  const ms = await interleave(
    { ours: () => delivered(ours, arrived, true), bare: () => delivered(bare, arrived, false) },
    ROUNDS,
    sized(5, 1),
  );
  return {
    oursMs: estimate(ms.ours),
    bareMs: estimate(ms.bare),
    addedMs: estimate(ms.ours.map((value, round) => value - (ms.bare[round] ?? Number.NaN))),
    ratio: pairedRatio(ms.ours, ms.bare),
  };
}

/** The same alert five times, as five jobs would tell it, and one whose text holds a secret. */
async function beyond(ours: Way, bare: Way, arrived: () => readonly string[]) {
  const of = async (way: Way, name: string) => {
    let before = arrived().length;
    for (let time = 0; time < 5; time++) await way('the same', join(folder, `${name}-same.json`));
    const messages = arrived().length - before;
    before = arrived().length;
    await way(`token ${SECRET}`, join(folder, `${name}-secret.json`));
    return { messagesOfFiveRuns: messages, secretArrived: arrived().slice(before).join('').includes(SECRET) };
  };
  return { ours: await of(ours, 'ours'), bare: await of(bare, 'bare') };
}

const mailed = throughUs({ email });
const posted = throughUs({ webhook: { url: http.url } });
await sample(mailed);
await sample(posted);
const mail: { text?: string | undefined; html?: string | undefined } = smtp.messages[0]?.parsed ?? {};
const webhook = JSON.parse(http.bodies[0] ?? '{}') as object;
try {
  const mails = () => smtp.messages.map(({ parsed }) => `${parsed.subject}\n${parsed.text}\n${parsed.html}`);
  const posts = () => http.bodies;
  const result = {
    command: 'npm run bench -- --only alert-bare',
    email: {
      against: 'nodemailer',
      ...(await compare(mailed, bareMail, mails)),
      beyond: await beyond(mailed, bareMail, mails),
    },
    webhook: {
      against: 'undici fetch',
      ...(await compare(posted, bareWebhook, posts)),
      beyond: await beyond(posted, bareWebhook, posts),
    },
  };
  for (const { beyond } of [result.email, result.webhook]) {
    if (beyond.ours.messagesOfFiveRuns !== 1 || beyond.ours.secretArrived)
      throw new Error(`an alert was told twice, or a secret got out: ${JSON.stringify(beyond)}`);
  }
  await save('alert-bare', { ...result, machine: machine() });
} finally {
  await smtp.close();
  await http.close();
  await rm(folder, { recursive: true, force: true });
}
