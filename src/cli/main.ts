import { messageOf } from '../support/errors.ts';
import { formatProblem, type Problem } from '../support/problem.ts';
import { type Command, isMode } from './arguments/commands.ts';
import { SHELL_DIALECT } from './arguments/dialect.ts';
import { gatherInputs } from './arguments/inputs.ts';
import { readArguments } from './arguments/parse.ts';
import { renderHelp } from './help/help.ts';
import { EXIT_CODES, USAGE } from './session/exit-codes.ts';
import type { Session } from './session/session.ts';
import { Progress } from './terminal/progress.ts';
import { always, plain, type Terminal } from './terminal/terminal.ts';
import { version } from './version.ts';

/**
 * The command line, start to end.
 * @param argv without the program's own two entries
 * @returns the exit code
 */
export async function main(argv: readonly string[], given: Terminal, signal: AbortSignal): Promise<number> {
  const { command, words, options, problems } = readArguments(argv);
  const terminal = coloured(given, options.get('color'));
  if (options.get('help') === 'true') {
    terminal.out(renderHelp(command, terminal.outPaint, terminal.width));
    return EXIT_CODES.success;
  }
  if (options.get('version') === 'true') {
    terminal.out(`${version()}\n`);
    return EXIT_CODES.success;
  }
  if (problems.length > 0) return refuse(terminal, problems, command);
  if (command === undefined) {
    terminal.err(renderHelp(undefined, terminal.errPaint, terminal.width));
    return USAGE;
  }

  const progress = new Progress(terminal);
  const loudness =
    options.get('verbose') === 'true' ? 'verbose' : options.get('quiet') === 'true' ? 'quiet' : 'normal';
  try {
    const inputs = await gatherInputs(command, options, terminal, signal);
    if (inputs.problems.length > 0) return refuse(terminal, inputs.problems, command);
    if (loudness !== 'quiet') for (const notice of inputs.notices) terminal.err(`${notice}\n`);
    for (const warning of inputs.warnings)
      terminal.err(`${terminal.errPaint('yellow', 'warning:')} ${warning}\n`);
    const session: Session = {
      terminal,
      progress,
      signal,
      loudness,
      words,
      options,
      input: inputs.input,
      json: options.get('json') === 'true',
    };
    return await dispatch(command, session);
  } catch (error) {
    progress.stop();
    const cancelled = error instanceof Error && error.name === 'Cancelled';
    terminal.err(`${cancelled ? '' : `${terminal.errPaint('red', 'error:')} `}${messageOf(error)}\n`);
    return cancelled ? USAGE : EXIT_CODES.failure;
  }
}

/** `--color` and `--no-color` win over what the streams are and the environment says. */
function coloured(terminal: Terminal, choice: string | undefined): Terminal {
  if (choice === undefined) return terminal;
  const paint = choice === 'true' ? always : plain;
  return { ...terminal, outPaint: paint, errPaint: paint };
}

/** Each command is loaded by the run that needs it. */
async function dispatch(command: Command, session: Session): Promise<number> {
  if (isMode(command)) return (await import('./modes/run-mode.ts')).runMode(command, session);
  if (command === 'init') return (await import('./init/init.ts')).init(session);
  if (command === 'doctor') {
    const { doctor } = await import('./doctor/doctor.ts');
    return untilAborted(doctor(session), session.signal);
  }
  if (command === 'completion') return (await import('./completion/completion.ts')).completion(session);
  return (await import('./checklist/checklist.ts')).checklist(session);
}

/** The work, or the reason of the signal: for work that changes nothing and can be left alone. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

function refuse(terminal: Terminal, problems: readonly Problem[], command: Command | undefined): number {
  for (const problem of problems)
    terminal.err(`${terminal.errPaint('red', 'error:')} ${formatProblem(problem, SHELL_DIALECT)}\n`);
  terminal.err(`See deploy-guard ${command === undefined ? '' : `${command} `}--help.\n`);
  return USAGE;
}
