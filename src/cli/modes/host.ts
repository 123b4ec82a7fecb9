import { randomUUID } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readContext } from '../../github/context.ts';
import { appendFile } from '../../support/append-file.ts';
import { systemClock } from '../../support/clock.ts';
import type { Host } from '../../support/host.ts';
import { ownReportName } from '../../support/paths.ts';
import { SHELL_DIALECT } from '../arguments/dialect.ts';
import type { Loudness } from '../session/session.ts';
import type { Progress } from '../terminal/progress.ts';
import { printable, type Terminal } from '../terminal/terminal.ts';

interface TerminalHostOptions {
  readonly terminal: Terminal;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly loudness: Loudness;
  readonly mode: string;
  /** The raw text of an option, wherever it was given. */
  input(name: string): string | undefined;
  /** Called when the run has a result to show, and the user wants it shown. */
  onSummary(): void;
  onOutput(name: string, value: string): void;
  /** Whether the line that closes a run is left out. */
  hideClosingLine(): boolean;
}

/** What `run` says last: the verdict and its sentence. */
const CLOSING_LINE = /^(pass|warn|fail|inconclusive|error): /;

/**
 * The command line's host: progress and problems go to standard error; the result is printed by the caller from
 * the report. Within a GitHub job, outputs and summary are written as the action writes them.
 */
export function terminalHost(options: TerminalHostOptions): Host {
  const { terminal, progress, loudness } = options;
  const { env, errPaint: paint } = terminal;
  const isClosing = (line: string) => options.hideClosingLine() && CLOSING_LINE.test(line);
  const say = (line: string) => {
    if (isClosing(line)) return;
    if (loudness !== 'quiet') progress.line(printable(line));
  };
  return {
    input: options.input,
    env,
    context: readContext(env),
    clock: systemClock,
    dialect: SHELL_DIALECT,
    signal: options.signal,
    defaultReportPath: defaultReportPath(env),
    log: {
      debug: (message) => {
        if (loudness === 'verbose') progress.line(paint('dim', printable(message)));
      },
      info: say,
      notice: say,
      warning: (message) => progress.line(`${paint('yellow', 'warning:')} ${printable(message)}`),
      error: (message) => {
        if (isClosing(message)) return;
        progress.line(`${paint('red', 'error:')} ${printable(message)}`);
      },
      progress: (what) => progress.doing(what),
      async group(title, work) {
        say(title);
        progress.doing(title);
        return work();
      },
    },
    // Everything that is printed is redacted by the run; no runner needs the mask.
    mask: () => undefined,
    output(name, value) {
      options.onOutput(name, value);
      setOutput(env.GITHUB_OUTPUT, name, value);
    },
    annotate: () => undefined,
    async summary(markdown) {
      if (env.GITHUB_STEP_SUMMARY) appendFile(env.GITHUB_STEP_SUMMARY, markdown);
      options.onSummary();
    },
  };
}

/**
 * In the temporary folder as with the action, below a folder of this user's own. Each run has a path of its own: no
 * report takes the place of another.
 */
function defaultReportPath(env: Terminal['env']): string {
  const name = ownReportName();
  return env.RUNNER_TEMP ? join(env.RUNNER_TEMP, name) : join(tmpdir(), `deploy-guard-${userName()}`, name);
}

function userName(): string {
  try {
    return userInfo().username.replace(/[^\w.-]/g, '-');
  } catch {
    return 'user';
  }
}

function setOutput(file: string | undefined, name: string, value: string): void {
  if (!file) return;
  if (!/[\r\n]/.test(value)) appendFile(file, `${name}=${value}\n`);
  else {
    const end = `end-${randomUUID()}`;
    appendFile(file, `${name}<<${end}\n${value}\n${end}\n`);
  }
}
