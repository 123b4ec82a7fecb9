import { run } from '../../run/run.ts';
import type { Mode } from '../../settings/inputs/common.ts';
import { messageOf } from '../../support/errors.ts';
import { EXIT_CODES } from '../session/exit-codes.ts';
import { jsonText } from '../session/json-text.ts';
import type { Session } from '../session/session.ts';
import { terminalHost } from './host.ts';
import { renderReport } from './render-report.ts';

/** verify, alert or rollback: the very run of the action, told to a terminal. Returns the exit code. */
export async function runMode(mode: Mode, session: Session): Promise<number> {
  const { terminal, progress, signal, json } = session;
  let shown = false;
  let reportPath: string | undefined;
  const host = terminalHost({
    terminal,
    progress,
    signal,
    loudness: session.loudness,
    mode,
    input: (name) => session.input(name),
    onSummary: () => {
      shown = !json;
    },
    onOutput: (name, value) => {
      if (name === 'report-path') reportPath = value;
    },
    // The result that is printed says the same, and more.
    hideClosingLine: () => shown,
  });
  signal.addEventListener(
    'abort',
    () => progress.line(`${messageOf(signal.reason)}: ending cleanly, which can take some seconds`),
    { once: true },
  );
  progress.start(mode);
  const { exit, report } = await run(host);
  progress.stop();
  if (json) terminal.out(jsonText(report));
  // What is wrong with the configuration was told line by line.
  else if (shown && exit !== 'configuration')
    terminal.out(renderReport(report, terminal.outPaint, terminal.width, reportPath));
  return EXIT_CODES[exit];
}
