import { describe, expect, test } from 'vitest';
import { Progress } from '../../../../src/cli/terminal/progress.ts';
import { plain, type Terminal } from '../../../../src/cli/terminal/terminal.ts';

describe('progress', () => {
  const terminal = (live: boolean) => {
    const written: string[] = [];
    const it: Terminal = {
      env: {},
      cwd: '/',
      out: () => undefined,
      err: (text) => written.push(text),
      outPaint: plain,
      errPaint: plain,
      width: 40,
      live,
      interactive: live,
    };
    return { it, written };
  };

  test('lines only in a pipe, without commands for a runner', async () => {
    const { it, written } = terminal(false);
    const progress = new Progress(it);
    progress.start('verify');
    await new Promise((resolve) => setTimeout(resolve, 300));
    progress.line('::add-mask::x');
    progress.stop();
    expect(written).toEqual([':\u200b:add-mask::x\n']);
  });

  test('on a terminal a line that moves, and is gone before each other line', async () => {
    const { it, written } = terminal(true);
    let now = 0;
    const progress = new Progress(it, () => now);
    progress.start('a very long word for what is being done here');
    now = 65_000;
    await expect.poll(() => written.length).toBeGreaterThan(0);
    progress.line('hello');
    const at = written.indexOf('hello\n');
    expect(written[0]?.startsWith('\r\u001b[K')).toBe(true);
    expect(written[0]).toContain('a very long word for what');
    expect(written[0]?.length).toBeLessThanOrEqual(40 + 4);
    expect(written[at - 1]).toBe('\r\u001b[K');
    progress.stop();
    const after = written.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written.length).toBe(after);
  });
});
