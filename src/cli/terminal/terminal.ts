import { styleText } from 'node:util';
import { disarmCommands } from '../../support/untrusted-lines.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts a style on text, or leaves it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

/** Text without colours. */
export const plain: Paint = (_style, text) => text;

/** Text with colours, whatever the stream. */
export const always: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** What the command line needs of the place it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output: the result, and nothing else. */
  out(text: string): void;
  /** Standard error: what is going on, and what went wrong. */
  err(text: string): void;
  readonly outPaint: Paint;
  readonly errPaint: Paint;
  /** Columns of standard output. */
  readonly width: number;
  /** Standard error is a terminal that can redraw a line. */
  readonly live: boolean;
  /** Somebody sits there who can be asked. */
  readonly interactive: boolean;
}

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

interface ProcessLike {
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  readonly stdin: { isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream & Stream;
  readonly stderr: NodeJS.WriteStream & Stream;
}

/** The terminal of a process. A stream has colours if it is a terminal; NO_COLOR and FORCE_COLOR decide first. */
export function processTerminal(process: ProcessLike): Terminal {
  const { env, stdin, stdout, stderr } = process;
  const inCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  // The runner reads a job's log for commands, whatever writes the line.
  const harmless = inCi || env.GITHUB_ACTIONS !== undefined ? disarmCommands : (text: string) => text;
  return {
    env,
    cwd: process.cwd(),
    out: (text) => void stdout.write(harmless(text)),
    err: (text) => void stderr.write(harmless(text)),
    outPaint: paintFor(stdout, env),
    errPaint: paintFor(stderr, env),
    width: Math.max(60, stdout.columns || 100),
    live: stderr.isTTY === true && env.TERM !== 'dumb' && !inCi,
    interactive: stdin.isTTY === true && stderr.isTTY === true && env.TERM !== 'dumb' && !inCi,
  };
}

function paintFor(stream: NodeJS.WriteStream, env: ProcessLike['env']): Paint {
  // https://no-color.org: set and not empty, whatever it holds. Node itself heeds it on a terminal only.
  if (env.NO_COLOR && env.FORCE_COLOR === undefined) return plain;
  return (style, text) => styleText(style, text, { stream });
}

/**
 * Text from outside as text for a terminal: without the control characters that would move its cursor, change
 * its title or colours, or end a line early.
 */
export function printable(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
      .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
      // Marks that turn the reading direction could make a red line read as a green one.
      .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  );
}
