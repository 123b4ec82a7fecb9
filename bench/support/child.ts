import { spawn } from 'node:child_process';

/** Runs a file of this bench in a process of its own and returns what it prints; throws where it fails. */
export async function runFile(
  file: string,
  args: readonly string[],
  options: { nodeArgs?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return runProgram(process.execPath, [...(options.nodeArgs ?? []), file, ...args], options.env);
}

export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      errors += text.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      code === 0
        ? resolve(output)
        : reject(
            new Error(
              `${args.join(' ').slice(0, 200)} ended with ${code ?? signal}\n${output.slice(-2_000)}\n${errors.slice(-2_000)}`,
            ),
          ),
    );
  });
}

/** A server in a process of its own that prints its port and ends with its standard input. */
export async function startServer(
  file: string,
  args: readonly string[],
): Promise<{ port: number; url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it had a port`)));
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString().trim())));
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
