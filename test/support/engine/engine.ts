import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type EngineKind = 'mongod' | 'secantus-rust' | 'secantus-python';

/** A program that serves MongoDB's protocol, ready to be started; plain data, so that test workers can be given it. */
export interface Engine {
  readonly kind: EngineKind;
  /** program and leading arguments */
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** in words, as "mongod 8.0.4 (/usr/bin/mongod)" */
  readonly name: string;
}

/** An engine, or why it cannot be had: a short clause for the line that names what was taken in its place. */
export type Found = { readonly engine: Engine } | { readonly reason: string };

/** The executable of that name in the folders of PATH. */
export async function onPath(name: string): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, file)))) return join(folder, file);
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Asks a program which of the engines it is.
 * @param origin what named it, for the engine's name and the error
 * @throws Error that names `origin`, if it does not start or is none of them
 */
export async function identify(path: string, origin: string): Promise<Engine> {
  let text: string;
  try {
    const { stdout, stderr } = await execute(path, ['--version'], { timeout: 20_000 });
    text = stdout + stderr;
  } catch (cause) {
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new Error(
      `${origin}: ${path} cannot be run (${line}); write the path of a mongod or secantusd-rs that can`,
      { cause },
    );
  }
  const mongod = /^db version v(\S+)/m.exec(text);
  if (mongod) return { kind: 'mongod', command: [path], name: `mongod ${mongod[1]} (${origin})` };
  const secantus = /secantusd-rs (\S+)/.exec(text);
  if (secantus) {
    return {
      kind: 'secantus-rust',
      command: [path],
      name: `SecantusDB ${secantus[1]}, Rust server (${origin})`,
    };
  }
  throw new Error(
    `${origin}: ${path} is neither mongod nor secantusd-rs: --version prints "${text.trim().slice(0, 100)}"`,
  );
}
