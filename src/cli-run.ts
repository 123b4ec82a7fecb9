import { main } from './cli/main.ts';
import { processTerminal } from './cli/terminal/terminal.ts';
import { runProcess } from './run/process.ts';

/** The process of the command line: arguments, streams and environment → main() → exit code. */
// `deploy-guard … | head` closes the pipe; that ends the output, not the run.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
await runProcess((signal) => main(process.argv.slice(2), processTerminal(process), signal));
