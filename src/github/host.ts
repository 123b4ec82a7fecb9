import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { appendFile } from '../support/append-file.ts';
import { systemClock } from '../support/clock.ts';
import { withPath } from '../support/errors.ts';
import type { Host } from '../support/host.ts';
import { ownReportName } from '../support/paths.ts';
import { WORKFLOW_DIALECT } from '../support/problem.ts';
import { disarmCommands } from '../support/untrusted-lines.ts';
import { readContext } from './context.ts';

/** The action's host: inputs from `INPUT_…`, masks, outputs, annotations and summary by GitHub's protocols. */
export function actionHost(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Host {
  return {
    // core.getInput reads process.env alone; the rule is one line: upper case, spaces to underscores.
    input: (name) => env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`],
    env,
    context: readContext(env),
    clock: systemClock,
    dialect: WORKFLOW_DIALECT,
    signal,
    // A path of its own for each run: the report of one step must not take the place of another's.
    defaultReportPath: join(env.RUNNER_TEMP || tmpdir(), ownReportName()),
    log: {
      // Debug lines are commands whose text is escaped; plain lines are not, so they are disarmed here.
      debug: (message) => core.debug(message),
      info: (message) => core.info(disarmCommands(message)),
      notice: (message) => core.notice(message),
      warning: (message) => core.warning(message),
      error: (message) => core.error(message),
      async group(title, work) {
        core.startGroup(disarmCommands(title));
        try {
          return await work();
        } finally {
          core.endGroup();
        }
      },
    },
    mask: (secret) => core.setSecret(secret),
    output: (name, value) => setOutput(env.GITHUB_OUTPUT, name, value),
    annotate: ({ level, title, message }) =>
      level === 'error' ? core.error(message, { title }) : core.warning(message, { title }),
    async summary(markdown) {
      // Outside a runner (act, a plain shell) there may be no file to write to.
      const path = env.GITHUB_STEP_SUMMARY;
      if (!path) return;
      await core.summary
        .addRaw(markdown)
        .write()
        .catch((error: unknown) => {
          throw withPath(error, path);
        });
    },
  };
}

/** One line a value, as a person would write it; only a value of several lines needs GitHub's other form. */
function setOutput(file: string | undefined, name: string, value: string): void {
  if (file && !/[\r\n]/.test(value)) {
    appendFile(file, `${name}=${value}\n`);
    return;
  }
  try {
    core.setOutput(name, value);
  } catch (error) {
    throw withPath(error, file ?? 'standard output');
  }
}
