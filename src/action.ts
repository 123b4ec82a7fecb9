import { actionHost } from './github/host.ts';
import { runProcess } from './run/process.ts';
import { run } from './run/run.ts';

/** The action's process: environment → run() → exit code. */
await runProcess(async (signal) => ((await run(actionHost(process.env, signal))).exit === 'success' ? 0 : 1));
