import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readArguments } from '../../../src/cli/arguments/parse.ts';
import { printable } from '../../../src/cli/terminal/terminal.ts';
import { readContext } from '../../../src/github/context.ts';
import { actionHost } from '../../../src/github/host.ts';
import { describeError } from '../../../src/monitor/model/redact-message.ts';
import { escapeHtml } from '../../../src/report/html/text.ts';
import { block, cell, code, table } from '../../../src/report/summary/markdown.ts';
import { selectionEntries } from '../../../src/rollback/steps/select.ts';
import { formatProblem } from '../../../src/support/problem.ts';
import { Redactor } from '../../../src/support/redact.ts';
import { disarmCommands } from '../../../src/support/untrusted-lines.ts';
import { explainThresholdError, parseThreshold } from '../../../src/verify/thresholds/parse.ts';
import { parseFileCommand } from '../../support/action-files.ts';
import { hostileJson, hostileText, mutatedText } from '../hostile.ts';
import { assertHarmlessHtml, assertHarmlessMarkdown, commandsIn } from '../oracles.ts';
import { fuzzTarget } from '../target.ts';

/** What the process writes while `work` runs. */
export async function written(work: () => void | Promise<void>): Promise<string> {
  const { stdout, stderr } = process;
  const [out, err] = [stdout.write, stderr.write];
  let text = '';
  const catcher = ((chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  }) as typeof stdout.write;
  stdout.write = catcher;
  stderr.write = catcher;
  try {
    await work();
  } finally {
    stdout.write = out;
    stderr.write = err;
  }
  return text;
}

const OURS = /^::(debug|notice|warning|error|add-mask|group|endgroup)( [^\r\n]*)?::/;

export const runnerLog = fuzzTarget({
  name: 'runner-log',
  holds: 'no text in a log line, group, annotation or mask becomes a command of its own',
  arbitrary: fc.tuple(hostileText, hostileText),
  async check([text, title]) {
    const host = actionHost({}, new AbortController().signal);
    const output = await written(async () => {
      host.log.info(text);
      host.log.debug(text);
      host.log.notice(text);
      host.log.warning(text);
      host.log.error(text);
      host.annotate({ level: 'error', title, message: text });
      host.annotate({ level: 'warning', title, message: text });
      await host.log.group(title, async () => undefined);
    });
    const commands = commandsIn(output);
    // debug, notice, warning, error, two annotations, group, endgroup.
    if (commands.length !== 8 || !commands.every((command) => OURS.test(command))) {
      throw new Error(`commands: ${JSON.stringify(commands)}`);
    }
    if (commandsIn(disarmCommands(printable(text))).length > 0)
      throw new Error('the command line writes a command');
  },
});

const OUTPUT_NAMES = ['verdict', 'failed-checks', 'report-path', 'slack-ts', 'plan-digest'];
const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

export const outputsFile = fuzzTarget({
  name: 'outputs-file',
  holds: 'a value of an output sets this output and no other, whatever is in it',
  arbitrary: fc.array(fc.tuple(fc.constantFrom(...OUTPUT_NAMES), hostileText), {
    minLength: 1,
    maxLength: 4,
  }),
  check(outputs) {
    const file = join(folder, 'output');
    writeFileSync(file, '');
    const host = actionHost({ GITHUB_OUTPUT: file }, new AbortController().signal);
    const before = process.env.GITHUB_OUTPUT;
    process.env.GITHUB_OUTPUT = file;
    try {
      for (const [name, value] of outputs) host.output(name, value);
    } finally {
      if (before === undefined) delete process.env.GITHUB_OUTPUT;
      else process.env.GITHUB_OUTPUT = before;
    }
    const read = parseFileCommand(readFileSync(file, 'utf8'));
    const wanted = Object.fromEntries(outputs.map(([name, value]) => [name, Buffer.from(value).toString()]));
    for (const [name, value] of Object.entries(read)) {
      // The runner takes \r off the end of a line, however many there are.
      const lines = (text: string | undefined) => text?.split(/\r*\n/).join('\n').replace(/\r$/, '');
      if (lines(wanted[name]) !== lines(value))
        throw new Error(`${name} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted[name])}`);
    }
  },
});

export const eventPayload = fuzzTarget({
  name: 'event-payload',
  holds: 'any payload and environment give a context; a pull request has a whole number or none',
  share: 0.5,
  arbitrary: fc.record({
    payload: fc.oneof(
      hostileJson.map((value) => JSON.stringify(value)),
      hostileJson.map((number) => JSON.stringify({ pull_request: { number } })),
      hostileText,
    ),
    ref: fc.option(
      fc.oneof(
        hostileText,
        fc.nat().map((number) => `refs/pull/${number}/merge`),
        fc.constant('refs/pull/99999999999999999999/merge'),
      ),
      { nil: undefined },
    ),
    env: fc.dictionary(
      fc.constantFrom(
        'GITHUB_REPOSITORY',
        'GITHUB_RUN_ID',
        'GITHUB_ACTOR',
        'GITHUB_EVENT_NAME',
        'GITHUB_SERVER_URL',
        'GITHUB_SHA',
        'GITHUB_WORKFLOW',
      ),
      hostileText,
    ),
  }),
  check({ payload, ref, env }) {
    const path = join(folder, 'event.json');
    writeFileSync(path, payload);
    const context = readContext({
      ...env,
      GITHUB_EVENT_PATH: path,
      ...(ref === undefined ? {} : { GITHUB_REF: ref }),
    });
    if (context.pullRequest !== undefined && !Number.isSafeInteger(context.pullRequest)) {
      throw new Error(`pull request ${context.pullRequest}`);
    }
  },
});

export const markdownText = fuzzTarget({
  name: 'markdown-text',
  holds: 'text in a cell, as code or in a block stays text: no element, link or mention',
  share: 0.12,
  arbitrary: fc.tuple(hostileText, hostileText, hostileText),
  check([a, b, c]) {
    const rows = [[cell(a), code(b), cell(c)]];
    const markdown = `${table(['One', 'Two', 'Three'], rows, 10)}\n\n> ${cell(b)}\n\n- ${cell(c)}\n\n${block(a)}\n\n**x** ${code(c)}\n`;
    assertHarmlessMarkdown(markdown);
    const lines = table(['One', 'Two', 'Three'], rows, 10).split('\n');
    if (lines.length !== 3) throw new Error('a cell broke its row');
  },
});

export const htmlText = fuzzTarget({
  name: 'html-text',
  holds: 'text in elements and attributes of a page stays text',
  arbitrary: fc.tuple(hostileText, hostileText),
  check([a, b]) {
    const page = `<!doctype html><html><head><title>${escapeHtml(a)}</title></head><body><p title="${escapeHtml(a)}" class='${escapeHtml(b)}'>${escapeHtml(b)}</p></body></html>`;
    assertHarmlessHtml(page, new Set(['html', 'head', 'title', 'body', 'p']), /^$/);
  },
});

const THRESHOLDS = [
  'http_req_duration{target:api}: p(95)<200ms',
  'http_req_failed: rate==0',
  'http_req_duration: p(95)<500ms, warn p(95)<200ms',
  'http_req_waiting{target:api, x:y}: avg<=+10%',
  'tls_cert_expiry: value>14d',
  'mongodb_collection_documents{collection:orders}: value>=1000',
  'app_memory: value<80%',
];

export const thresholds = fuzzTarget({
  name: 'thresholds',
  holds: 'a threshold is read, or refused with words and a place within it',
  arbitrary: fc.oneof(mutatedText(THRESHOLDS), hostileText, mutatedText(THRESHOLDS, 1)),
  check(text) {
    const result = parseThreshold(text);
    if (result.ok) {
      const { fail, warn } = result.threshold;
      for (const condition of [fail, warn]) {
        if (condition && !Number.isFinite(condition.value)) throw new Error(`a limit of ${condition.value}`);
      }
      // What was understood is what stands there: written again it says the same.
      const again = parseThreshold(result.threshold.text);
      if (!again.ok) throw new Error('its own text is refused');
      return;
    }
    const words = explainThresholdError(text, result.error);
    if (words.trim() === '') throw new Error('refused without a word');
    if (words.length > 20_000 + 3 * text.length) throw new Error('an explanation without end');
  },
});

export const commandLine = fuzzTarget({
  name: 'command-line',
  holds: 'arguments are read or refused with words; a secret is never taken from them',
  share: 0.4,
  arbitrary: fc.array(
    fc.oneof(
      hostileText,
      fc.constantFrom(
        'verify',
        'alert',
        'rollback',
        'init',
        'doctor',
        'checklist',
        '--',
        '-',
        '--help',
        '--dry-run',
        '--samples',
        '--targets',
        '--mode=verify',
        '--no-color',
        '-v',
        '--__proto__',
        '--constructor=x',
        '--toString',
        '--no-__proto__',
        '--mongodb-uri=mongodb://a',
      ),
      hostileText.map((text) => `--${text}`),
    ),
    { maxLength: 5 },
  ),
  check(argv) {
    const { options, problems } = readArguments(argv);
    if (options.has('mongodb-uri') || options.has('slack-token'))
      throw new Error('a secret was taken from the arguments');
    for (const problem of problems)
      if (problem.where === '' || formatProblem(problem).trim() === '') throw new Error('an empty problem');
  },
});

export const redaction = fuzzTarget({
  name: 'redaction',
  holds: 'no text that went through redaction holds a secret, nor a password of a URI',
  arbitrary: fc.record({
    secret: fc.oneof(
      fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60 }),
      hostileText.filter((text) => text.trim().length >= 8 && text.length < 200),
    ),
    before: hostileText,
    after: hostileText,
    keys: hostileJson,
  }),
  check({ secret, before, after, keys }) {
    const text = secret.trim();
    if (text.length < 8 || /[\r\n]/.test(text) || /^\**$/.test(text)) return;
    const redactor = new Redactor([secret]);
    if (redactor.needles.length === 0) return;
    const forms = [
      text,
      encodeURIComponent(text.toWellFormed()),
      JSON.stringify(text).slice(1, -1),
      Buffer.from(text).toString('hex'),
    ];
    for (const form of forms) {
      const clean = redactor.redact(`${before}${form}${after}`);
      // A place holder within a secret of asterisks would be found again.
      if (clean.includes(text) && !'***'.includes(text) && !/^[*]+$/.test(text))
        throw new Error(`still there: ${clean.slice(0, 300)}`);
    }
    const data = redactor.redactData({ keys, text: `x${text}y`, [text]: 1 });
    if (
      JSON.stringify(data).includes(JSON.stringify(text).slice(1, -1)) &&
      !JSON.stringify({ keys }).includes(text)
    ) {
      throw new Error('still in the data');
    }
  },
});

export const freeText = fuzzTarget({
  name: 'free-text',
  holds: 'selections of STEPs and messages of errors are read in bounded time and size',
  arbitrary: fc.tuple(hostileText, fc.oneof(hostileText, hostileJson)),
  check([text, thrown]) {
    const selection = selectionEntries(text);
    if ('entries' in selection && selection.entries.length > 30_000 + text.length)
      throw new Error('too many entries');
    const { message, name } = describeError(typeof thrown === 'string' ? new Error(thrown) : thrown);
    if (message.length > 300) throw new Error(`a message of ${message.length}`);
    if (name.length > 60) throw new Error('a long name');
  },
});

export const TEXT_TARGETS = [
  runnerLog,
  outputsFile,
  eventPayload,
  markdownText,
  htmlText,
  thresholds,
  commandLine,
  redaction,
  freeText,
];
