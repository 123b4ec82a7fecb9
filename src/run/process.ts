import { Interrupted, UnexpectedFault } from '../support/errors.ts';

/** After this long something that should have been closed keeps the process alive. */
const HANGING_AFTER_MS = 5_000;
/** After a signal, unfinished work may keep it alive for this long; GitHub kills 10 s after its first signal. */
const HANGING_AFTER_SIGNAL_MS = 1_000;

/**
 * Runs the program of a process: signals become an abort, the result the exit code. The process then ends
 * by itself; should a handle be left open, it is ended with a line that says so, because a step that hangs
 * costs hours.
 */
export async function runProcess(program: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const controller = new AbortController();
  // GitHub sends SIGINT, then SIGTERM 7.5 s later, then kills: the second one must not end us half-way.
  const stop = (name: NodeJS.Signals) => controller.abort(new Interrupted(name));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  // An unhandled rejection ends the run as a signal does: it is reported, redacted, and what is open is
  // closed. Node's own way prints it as it is, connection strings and all.
  let faulted = false;
  let done = false;
  const fault = (error: unknown) => {
    faulted = true;
    process.exitCode = 1;
    // The program has reported its end, and its redaction is gone: only the kind of the error is safe to show.
    if (done) {
      const kind = error instanceof Error ? error.name : typeof error;
      process.stderr.write(
        `deploy-guard: something failed after the work was done (${kind}), so it counts as failed\n`,
      );
    }
    controller.abort(new UnexpectedFault(error));
  };
  process.on('uncaughtException', fault);
  const result = await program(controller.signal);
  done = true;
  const code = () => (faulted && result === 0 ? 1 : result);
  process.exitCode = code();
  const interrupted = controller.signal.aborted;
  setTimeout(
    () => {
      if (!interrupted) {
        process.stderr.write(
          'deploy-guard: the work is done, but something keeps the process alive; ending it\n',
        );
      }
      process.exit(code());
    },
    interrupted ? HANGING_AFTER_SIGNAL_MS : HANGING_AFTER_MS,
  ).unref();
}
