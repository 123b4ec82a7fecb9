import type { Terminal } from '../../src/cli/terminal/terminal.ts';

const plain = (_style: unknown, text: string) => text;

/** A terminal that nobody looks at, without colours and without a person. */
export function silentTerminal(over: Partial<Terminal> & Pick<Terminal, 'env' | 'cwd'>): Terminal {
  return {
    out: () => undefined,
    err: () => undefined,
    outPaint: plain,
    errPaint: plain,
    width: 100,
    live: false,
    interactive: false,
    ...over,
  };
}
