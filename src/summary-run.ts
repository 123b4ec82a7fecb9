import { actionHost } from './github/host.ts';
import { runProcess } from './run/process.ts';
import { readSummarySettings } from './status/settings.ts';
import { status } from './status/status.ts';
import { ConfigurationError, messageOf } from './support/errors.ts';
import { formatProblem } from './support/problem.ts';

/** The process of the action in summary/: the reports of several runs as one summary, history and status page. */
await runProcess(async (signal) => {
  const host = actionHost(process.env, signal);
  try {
    const result = await status(
      readSummarySettings((name) => host.input(name)),
      host,
    );
    host.output('verdict', result.merged.verdict);
    await host.summary(result.markdown);
    const { verdict, rows } = result.merged;
    (result.failed ? host.log.error : host.log.info)(
      `${verdict}: ${rows.length} ${rows.length === 1 ? 'report' : 'reports'}`,
    );
    return result.failed ? 1 : 0;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      for (const problem of error.problems) host.log.error(formatProblem(problem));
    } else host.log.error(messageOf(error));
    host.output('verdict', 'error');
    return 1;
  }
});
