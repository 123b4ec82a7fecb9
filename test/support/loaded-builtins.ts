import { writeFileSync } from 'node:fs';

/** Loaded with `--import`: notes which of Node's own modules the process has loaded when it ends, one a line. */
const log = process.env.LOADED_BUILTINS_LOG;
if (log) {
  process.on('exit', () => {
    const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
    writeFileSync(log, moduleLoadList.map((entry) => entry.replace(/^NativeModule /, '')).join('\n'));
  });
}
