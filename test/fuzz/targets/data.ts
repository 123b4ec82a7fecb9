import { createRequire } from 'node:module';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { subjectOf } from '../../../src/alert/channels/common/notification.ts';
import { mailOf } from '../../../src/alert/channels/email/email.ts';
import { emailHtml } from '../../../src/alert/channels/email/html.ts';
import { issueBody, issueComment } from '../../../src/alert/channels/github-issue/text.ts';
import { logChannel } from '../../../src/alert/channels/log/log.ts';
import {
  slackMessage,
  slackPlainMessage,
  slackThreadMessage,
} from '../../../src/alert/channels/slack/blocks.ts';
import { webhookBody } from '../../../src/alert/channels/webhook/webhook.ts';
import { renderReport } from '../../../src/cli/modes/render-report.ts';
import { jsonText } from '../../../src/cli/session/json-text.ts';
import { plain, processTerminal, type Terminal } from '../../../src/cli/terminal/terminal.ts';
import { annotations } from '../../../src/report/annotations.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { outputsOf } from '../../../src/report/outputs.ts';
import { type Report, reportSchema } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary/summary.ts';
import { addToHistory, formatHistory, parseHistory } from '../../../src/status/history.ts';
import { mergeReports } from '../../../src/status/merge.ts';
import { renderPage } from '../../../src/status/page.ts';
import { renderMerged } from '../../../src/status/summary.ts';
import { NOW, notificationsOf, REPORTS } from '../fixtures.ts';
import { hostileText, mutated } from '../hostile.ts';
import { assertHarmlessHtml, assertHarmlessMarkdown, assertHarmlessSlack, commandsIn } from '../oracles.ts';
import { fuzzTarget } from '../target.ts';

const require = createRequire(import.meta.url);
const MailComposer = require('nodemailer/lib/mail-composer') as new (
  mail: object,
) => { compile(): { build(): Promise<Buffer> } };

const set = (names: string) => new Set(names.split(' '));
const HTML_OF_REPORT = set(
  'html head meta title style body header main section footer h1 h2 h3 p dl dt dd ul ol li table thead tbody tr th td code pre strong em br span details summary figure figcaption svg line text rect circle polyline path g a time div wbr',
);
const HTML_OF_PAGE = set(
  'html head meta title style body h1 h2 p section ul li span table tbody tr th td time br',
);
const HTML_OF_MAIL = set('html head meta title style body div p strong br table tbody tr td a');

/** Only a run's own page and documentation. */
const RUN_LINK = /^https:\/\/[^\s()<>"]+$/;
const OWN_LINK = /^https:\/\/github\.com\//;

/** Reports of others, as they pass through: refused at the door, or valid and full of hostile text. */
const reports = fc.tuple(mutated(REPORTS, 5), hostileText);

/** What the command line writes to standard output in a job. */
function terminalOutput(work: (terminal: Terminal) => void): string {
  let text = '';
  const stream = { write: (chunk: string) => (text += chunk) };
  work(
    processTerminal({
      env: { GITHUB_ACTIONS: 'true' },
      cwd: () => '/',
      stdin: {},
      stdout: stream,
      stderr: stream,
    } as never),
  );
  return text;
}

const valid = (value: unknown): Report | undefined => {
  const parsed = reportSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

export const reportViews = fuzzTarget({
  name: 'report-views',
  holds:
    'a report is refused, or shown in summary, page, outputs, annotations and terminal without anything in it acting',
  share: 0.12,
  arbitrary: reports,
  check([value]) {
    const report = valid(value);
    if (!report) return;
    assertHarmlessMarkdown(renderSummary(report), { links: RUN_LINK });
    assertHarmlessHtml(renderHtml(report), HTML_OF_REPORT, RUN_LINK);
    for (const output of Object.values(outputsOf(report, '/tmp/report.json')))
      if (typeof output !== 'string') throw new Error('an output is no text');
    const all = annotations(report);
    if (all.length > 20) throw new Error(`${all.length} annotations`);
    const rendered = renderReport(report, plain, 100, { report: '/tmp/report.json' });
    const lines = terminalOutput((terminal) => terminal.out(rendered));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what would act on a terminal
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(lines))
      throw new Error('a control character for the terminal');
    if (commandsIn(lines).length > 0) throw new Error(`a command: ${commandsIn(lines).join()}`);
    const json = terminalOutput((terminal) => terminal.out(jsonText(report)));
    if (commandsIn(json).length > 0) throw new Error(`a command in the JSON: ${commandsIn(json).join()}`);
    if (JSON.stringify(JSON.parse(json)) !== JSON.stringify(report))
      throw new Error('the JSON says something else');
  },
});

export const notifications = fuzzTarget({
  name: 'notifications',
  holds:
    'what a report tells mentions nobody, links nowhere and adds no header or recipient, in Slack, issue, webhook and log',
  share: 0.12,
  arbitrary: reports,
  async check([value, label]) {
    const report = valid(value);
    if (!report) return;
    for (const notification of notificationsOf(report, label)) {
      for (const message of [
        slackMessage(notification),
        slackPlainMessage(notification),
        slackThreadMessage(notification),
      ]) {
        assertHarmlessSlack(message, /^(https:\/\/github\.com\/|!date\^\d+\^)/);
      }
      for (const body of [issueBody(notification), issueComment(notification)]) {
        assertHarmlessMarkdown(body, { links: /^(https?:\/\/|mailto:|http:\/\/www\.)/ });
        if (body.length > 65_536) throw new Error('GitHub refuses the body');
      }
      JSON.parse(JSON.stringify(webhookBody(notification)));
      const said: string[] = [];
      const log = {
        debug() {},
        info: (text: string) => said.push(text),
        notice() {},
        warning() {},
        error() {},
        group: <T>(_: string, work: () => Promise<T>) => work(),
      };
      await logChannel(log).deliver(notification, new AbortController().signal);
      if (commandsIn(said.join('\n')).length > 0) throw new Error('a command in the log');
      if (/[\r\n]/.test(subjectOf(notification))) throw new Error('a subject of several lines');
    }
  },
});

export const mails = fuzzTarget({
  name: 'mails',
  holds: 'a mail has its own headers, recipients and elements, whatever its texts are',
  share: 0.03,
  arbitrary: reports,
  async check([value, label]) {
    const report = valid(value);
    if (!report) return;
    for (const notification of notificationsOf(report, label).slice(0, 1)) {
      const html = emailHtml(notification, subjectOf(notification));
      assertHarmlessHtml(html, HTML_OF_MAIL, OWN_LINK);
      const raw = await new MailComposer(
        mailOf(notification, { from: 'guard@example.com', to: ['ops@example.com'] }),
      )
        .compile()
        .build();
      const mail = await PostalMime.parse(raw);
      const names = new Set(mail.headers.map(({ key }) => key));
      const known = [
        'from',
        'to',
        'subject',
        'message-id',
        'in-reply-to',
        'references',
        'auto-submitted',
        'x-auto-response-suppress',
        'x-deploy-guard-environment',
        'importance',
        'date',
        'mime-version',
        'content-type',
        'content-transfer-encoding',
      ];
      for (const name of names) if (!known.includes(name)) throw new Error(`the header ${name}`);
      if (
        mail.headers.filter(({ key }) => key === 'to').length !== 1 ||
        mail.to?.length !== 1 ||
        mail.to[0]?.address !== 'ops@example.com'
      ) {
        throw new Error(`recipients: ${JSON.stringify(mail.to)}`);
      }
      if (mail.bcc || mail.cc) throw new Error('somebody else gets it');
      if ((mail.attachments ?? []).length > 0) throw new Error('an attachment');
    }
  },
});

export const statusPage = fuzzTarget({
  name: 'status-page',
  holds: 'merged summary, history and status page show other runs’ reports as text',
  share: 0.06,
  arbitrary: fc.record({
    found: fc.array(mutated(REPORTS, 3), { maxLength: 3 }),
    expected: fc.array(hostileText, { maxLength: 2 }),
    title: hostileText,
    history: fc.oneof(
      hostileText,
      mutated([
        {
          schema: 'deploy-guard.history/v1',
          entries: [
            {
              at: new Date(NOW).toISOString(),
              environment: 'production',
              verdict: 'fail',
              note: 'down',
              url: 'https://github.com/x',
            },
            { at: new Date(NOW - 9e6).toISOString(), environment: 'production', verdict: 'pass', note: '' },
          ],
        },
      ]).map((value) => JSON.stringify(value)),
    ),
  }),
  check({ found, expected, title, history }) {
    const merged = mergeReports(
      found.map((value, index) => ({ name: `${index}${title}`, report: valid(value) })),
      expected,
    );
    if (merged.rows.some((row) => row.verdict !== 'pass') && merged.verdict === 'pass')
      throw new Error('green over red');
    assertHarmlessMarkdown(renderMerged(merged, title), { links: RUN_LINK });
    let entries: ReturnType<typeof parseHistory> = [];
    try {
      entries = parseHistory(history);
    } catch (error) {
      if (!/^it is no/.test((error as Error).message)) throw error;
    }
    const kept = addToHistory(entries, merged, NOW);
    assertHarmlessHtml(renderPage(kept, title, NOW), HTML_OF_PAGE, /^$/);
    parseHistory(formatHistory(kept));
  },
});

export const DATA_TARGETS = [reportViews, notifications, mails, statusPage];
