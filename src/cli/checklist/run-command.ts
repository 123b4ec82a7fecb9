import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, inputsOf, isMode, optionsOf } from '../arguments/commands.ts';
import { variableOf } from '../arguments/environment.ts';
import { USAGE } from '../session/exit-codes.ts';
import type { Session } from '../session/session.ts';
import type { CommandLine } from './lines.ts';

/** How a command of a checklist ended. */
export interface CommandEnd {
  readonly exitCode: number;
  /** What it printed as JSON: a report, or doctor's findings. */
  readonly result: unknown;
  /** What it said on standard error. */
  readonly said: string;
}

/** Runs this very program for the lines of a checklist, each in its own process. */
export class CommandRunner {
  readonly #session: Session;
  readonly #folder: string;
  #verifyReport: string | undefined;

  private constructor(session: Session, folder: string) {
    this.#session = session;
    this.#folder = folder;
  }

  static async open(session: Session): Promise<CommandRunner> {
    return new CommandRunner(session, await mkdtemp(join(tmpdir(), 'deploy-guard-checklist-')));
  }

  async run(line: CommandLine): Promise<CommandEnd> {
    const command = line.argv[0] as Command;
    if (line.argv.includes('{report}') && this.#verifyReport === undefined)
      return {
        exitCode: USAGE,
        result: undefined,
        said: 'there is no report: no verify ran before this line',
      };
    const reportPath = join(this.#folder, `${line.id}.json`);
    const args = [
      ...line.argv.map((word) => (word === '{report}' ? (this.#verifyReport ?? '') : word)),
      ...this.#options(command, line),
      ...(isMode(command) ? [`--report-path=${reportPath}`] : []),
      '--json',
    ];
    const { exitCode, out, said } = await this.#spawn(args, command, line);
    // A verify that did not run has no report to notify of.
    if (command === 'verify' && exitCode !== USAGE) this.#verifyReport = reportPath;
    return { exitCode, said, result: parse(out) };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The checklist's own options that this command knows; what the line itself says wins. */
  #options(command: Command, { argv, without }: CommandLine): string[] {
    const known = optionsOf(command);
    const own = new Set(argv.filter((word) => word.startsWith('--')).map((word) => word.slice(2)));
    for (const name of without ?? []) own.add(name);
    const passed: string[] = [];
    for (const [name, value] of this.#session.options) {
      const option = known[name];
      if (option?.input === undefined || own.has(name) || name === 'report-path') continue;
      // A checklist notifies on a line of its own, with the inputs of the channels there.
      if (inputsOf(command)[name]?.group === 'alert' && command !== 'alert') continue;
      for (const entry of value.split('\n')) passed.push(`--${name}=${entry}`);
    }
    return passed;
  }

  #spawn(
    args: readonly string[],
    command: Command,
    line: CommandLine,
  ): Promise<{ exitCode: number; out: string; said: string }> {
    const { terminal, signal } = this.#session;
    const env: Record<string, string | undefined> = { ...terminal.env };
    // Secrets that were asked for are handed on as they must be: in the environment.
    for (const [name, input] of Object.entries(inputsOf(command))) {
      // A checklist notifies on a line of its own, with the inputs of the channels there.
      if (input.group === 'alert' && command !== 'alert') continue;
      const value = input.secret ? this.#session.input(name) : undefined;
      if (value !== undefined) env[variableOf(name)] = value;
    }
    // A checklist within a GitHub job must not write six summaries and sets of outputs.
    for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY']) delete env[name];
    for (const name of line.without ?? []) delete env[variableOf(name)];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [process.argv[1] ?? '', ...args], {
        cwd: terminal.cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const stop = () => child.kill('SIGTERM');
      signal.addEventListener('abort', stop, { once: true });
      let out = '';
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      child.once('error', reject);
      child.once('close', (code) => {
        signal.removeEventListener('abort', stop);
        resolve({ exitCode: code ?? 1, out, said });
      });
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
