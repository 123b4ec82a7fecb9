import { runProcess } from '../run/process.ts';
import { main } from './main.ts';
import { processTerminal } from './terminal/terminal.ts';

/** The process of the command line: its arguments, streams and environment, and its exit code. */
export async function start(): Promise<void> {
  // `deploy-guard … | head` closes the pipe; that ends the output, not the run.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  await runProcess((signal) => main(process.argv.slice(2), processTerminal(process), signal));
}
