import { nearest } from '../../support/nearest.ts';
import { EXIT_CODES, USAGE } from '../session/exit-codes.ts';
import { jsonText } from '../session/json-text.ts';
import type { Session } from '../session/session.ts';
import { commandText } from './document.ts';
import { reasonOf } from './judge.ts';
import { CHECKLISTS, DOCUMENTS, type DocumentName, type Line } from './lines.ts';
import { CommandRunner } from './run-command.ts';

type Status = 'done' | 'open' | 'skipped';

interface LineResult {
  readonly document: DocumentName;
  readonly id: string;
  readonly text: string;
  readonly kind: Line['kind'];
  readonly status: Status;
  /** Why it is open, who decided, or how the command ended. */
  readonly reason: string;
}

/** Runs what can be run, asks or lists the rest, prints what is open. Exit code 1 while something is. */
export async function checklist(session: Session): Promise<number> {
  const { terminal, progress, signal } = session;
  const chosen = DOCUMENTS.filter((name) => session.words.length === 0 || session.words.includes(name));
  const decided = decisionsOf(session.options.get('done'));
  const skipped = new Set([...decisionsOf(session.options.get('skip')).keys()]);
  const problems = unknownIds(chosen, [...decided.keys()], '--done').concat(
    unknownIds(chosen, [...skipped], '--skip'),
  );
  if (problems.length > 0) {
    for (const problem of problems) terminal.err(`${terminal.errPaint('red', 'error:')} ${problem}\n`);
    return USAGE;
  }

  const results: LineResult[] = [];
  const runner = await CommandRunner.open(session);
  try {
    for (const document of chosen) {
      if (!session.json) terminal.out(`${terminal.outPaint('bold', CHECKLISTS[document].title)}\n`);
      for (const line of CHECKLISTS[document].lines) {
        signal.throwIfAborted();
        progress.start(line.kind === 'command' ? commandText(line.argv) : line.id);
        const result = await statusOf(line, { session, runner, decided, skipped });
        progress.stop();
        const { id, text, kind } = line;
        results.push({ document, id, text, kind, ...result });
        if (!session.json) terminal.out(lineText(line, result, terminal.outPaint));
      }
      if (!session.json) terminal.out('\n');
    }
  } finally {
    progress.stop();
    await runner.close();
  }
  const open = results.filter(({ status }) => status === 'open');
  if (session.json) terminal.out(jsonText({ schema: 'deploy-guard.checklist/v1', lines: results }));
  else terminal.out(closing(results, open));
  return open.length > 0 ? EXIT_CODES.failure : EXIT_CODES.success;
}

interface LineContext {
  readonly session: Session;
  readonly runner: CommandRunner;
  readonly decided: ReadonlyMap<string, string>;
  readonly skipped: ReadonlySet<string>;
}

async function statusOf(line: Line, to: LineContext): Promise<{ status: Status; reason: string }> {
  if (to.skipped.has(line.id)) return { status: 'skipped', reason: 'said not to concern this deployment' };
  if (line.kind === 'decision') return decide(line.id, line.text, line.who, to);
  const end = await to.runner.run(line);
  const why = reasonOf(end) ?? line.judge?.(end.result);
  return why === undefined
    ? { status: 'done', reason: `${commandText(line.argv)} says so` }
    : { status: 'open', reason: `${commandText(line.argv)}: ${why}` };
}

async function decide(
  id: string,
  text: string,
  who: string,
  { session, decided }: LineContext,
): Promise<{ status: Status; reason: string }> {
  const by = decided.get(id);
  if (by !== undefined)
    return { status: 'done', reason: by === '' ? `decided (${who})` : `decided by ${by}` };
  if (session.terminal.interactive && !session.json) {
    session.progress.stop();
    const { prompts } = await import('../terminal/prompts.ts');
    const answer = await prompts(session.signal).one(`${text} (${who})`, [
      { value: 'done', label: 'yes' },
      { value: 'open', label: 'no, or not yet' },
      { value: 'skipped', label: 'does not concern this deployment' },
    ]);
    if (answer === 'done') return { status: 'done', reason: `decided at this terminal (${who})` };
    if (answer === 'skipped')
      return { status: 'skipped', reason: `said not to concern this deployment (${who})` };
  }
  return { status: 'open', reason: `${who} decides; then --done ${id}` };
}

function lineText(
  line: Line,
  { status, reason }: { status: Status; reason: string },
  paint: Session['terminal']['outPaint'],
): string {
  const style = status === 'done' ? 'green' : status === 'open' ? 'red' : 'dim';
  const more = status === 'done' && line.kind === 'command' ? '' : `\n         ${paint('dim', reason)}`;
  return `${paint(style, status.padEnd(7))}  ${line.text}${more}\n`;
}

function closing(all: readonly LineResult[], open: readonly LineResult[]): string {
  const count = (status: Status) => all.filter((line) => line.status === status).length;
  const head = `${count('done')} done, ${open.length} open, ${count('skipped')} skipped`;
  return open.length === 0 ? `${head}\n` : `${head}: ${open.map(({ id }) => id).join(', ')}\n`;
}

/** `backup=Ana` → backup, by Ana. */
function decisionsOf(text: string | undefined): Map<string, string> {
  const entries = (text ?? '')
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return new Map(
    entries.map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    }),
  );
}

function unknownIds(documents: readonly DocumentName[], ids: readonly string[], option: string): string[] {
  const lines = documents.flatMap((name) => CHECKLISTS[name].lines);
  return ids.flatMap((id) => {
    const line = lines.find((one) => one.id === id);
    if (line?.kind === 'command' && option === '--done')
      return [`\`--done ${id}\`: \`${commandText(line.argv)}\` decides this line`];
    if (line) return [];
    const near = nearest(
      id,
      lines.map((one) => one.id),
    );
    return [`\`${option} ${id}\`: there is no such line${near ? `; did you mean \`${near}\`?` : ''}`];
  });
}
