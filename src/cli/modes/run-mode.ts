import { resolve } from 'node:path';
import { run } from '../../run/run.ts';
import type { Mode } from '../../settings/inputs/common.ts';
import { messageOf } from '../../support/errors.ts';
import { EXIT_CODES } from '../session/exit-codes.ts';
import { jsonText } from '../session/json-text.ts';
import type { Session } from '../session/session.ts';
import { terminalHost } from './host.ts';
import { type ReportFiles, renderReport } from './render-report.ts';

/** The files of a run's report, as it named them. */
function filesOf(session: Session, reportPath: string | undefined): ReportFiles {
  const path = (name: string) => {
    const given = session.input(name)?.trim();
    return given ? resolve(session.terminal.cwd, given) : undefined;
  };
  const files = { report: reportPath, page: path('report-html'), 'test results': path('report-junit') };
  return Object.fromEntries(
    Object.entries(files).flatMap(([what, file]) => (file === undefined ? [] : [[what, file]])),
  );
}

/** verify, alert or rollback: the same run as the action's, rendered for a terminal. Returns the exit code. */
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
  // Configuration problems were reported line by line.
  else if (shown && exit !== 'configuration')
    terminal.out(renderReport(report, terminal.outPaint, terminal.width, filesOf(session, reportPath)));
  return EXIT_CODES[exit];
}
