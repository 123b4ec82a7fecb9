import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Loaded with `--import`: notes the URL of each module that the process loads, one a line. */
const log = process.env.LOADED_MODULES_LOG;
if (log) {
  registerHooks({
    load(url, context, nextLoad) {
      appendFileSync(log, `${url}\n`);
      return nextLoad(url, context);
    },
  });
}
