import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { reportSchema } from '../report/schema.ts';
import type { Clock } from '../support/clock.ts';
import { ConfigurationError, messageOf } from '../support/errors.ts';
import type { Log } from '../support/log.ts';
import { refusedPath, unreadable } from '../support/paths.ts';
import { writeWhole } from '../support/write-whole.ts';
import { addToHistory, type Entry, formatHistory, parseHistory } from './history.ts';
import { type FoundReport, type Merged, mergeReports } from './merge.ts';
import { renderPage } from './page.ts';
import type { SummarySettings } from './settings.ts';
import { renderMerged } from './summary.ts';

/** What merging leaves: the rows, the summary's Markdown, and whether the step fails. */
export interface StatusResult {
  merged: Merged;
  markdown: string;
  failed: boolean;
}

/** Reads the reports of several runs, merges them, and writes history and status page where asked to. */
export async function status(
  settings: SummarySettings,
  ports: { clock: Clock; log: Log },
): Promise<StatusResult> {
  const found = await readReports(settings.reports);
  const merged = mergeReports(found, settings.expected);
  for (const row of merged.rows) ports.log.info(`${row.verdict}: ${row.environment}: ${row.note}`);
  if (settings.history !== undefined) {
    const rules = { cwd: process.cwd(), env: process.env };
    for (const [where, path] of [
      ['history', settings.history],
      ['status-page', settings.statusPage],
    ] as const) {
      const refused = path === undefined ? undefined : (refusedPath(path, rules) ?? unreadable(path));
      if (refused)
        throw new ConfigurationError({
          code: 'refused-path',
          where,
          message: `cannot use ${path}: ${refused}`,
        });
    }
    const now = ports.clock.now();
    const entries = addToHistory(await readHistory(settings.history, ports.log), merged, now);
    await writeWhole(settings.history, formatHistory(entries));
    if (settings.statusPage !== undefined) {
      await writeWhole(settings.statusPage, renderPage(entries, settings.title, now));
    }
  }
  return {
    merged,
    markdown: renderMerged(merged, settings.title),
    failed: settings.failOn.includes(merged.verdict),
  };
}

/** Each `.json` below a folder, sorted by path. A folder that does not exist holds none. */
async function readReports(folder: string): Promise<FoundReport[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    files.map(async (path): Promise<FoundReport> => {
      const name = relative(folder, path);
      try {
        const parsed = reportSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
        return parsed.success
          ? { name, report: parsed.data }
          : { name, report: undefined, problem: 'is not a report of this version' };
      } catch {
        return { name, report: undefined, problem: 'is not JSON' };
      }
    }),
  );
}

async function readHistory(path: string, log: Log): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    log.info(`no history at ${path} yet`);
    return [];
  }
  try {
    return parseHistory(text);
  } catch (error) {
    log.warning(`the history at ${path} is begun anew: ${messageOf(error)}`);
    return [];
  }
}
