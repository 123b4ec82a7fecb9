import { type Paint, printable, type Style } from '../terminal/terminal.ts';
import { wrap } from '../terminal/wrap.ts';
import { type Finding, STATUSES, type Status } from './finding.ts';

const STYLES: Readonly<Record<Status, Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  'not configured': 'dim',
};

/** Findings as lines, each with what to do, and a last line that counts them. Pure. */
export function renderFindings(findings: readonly Finding[], paint: Paint, width: number): string {
  const statusWidth = Math.max(...STATUSES.map((status) => status.length));
  const indent = ' '.repeat(statusWidth + 2);
  const lines = findings.flatMap(({ status, subject, found, todo }) => {
    const [first = '', ...rest] = wrap(printable(`${subject}: ${found}`), width - indent.length);
    return [
      `${paint(STYLES[status], status.padEnd(statusWidth))}  ${first}`,
      ...rest.map((line) => `${indent}${line}`),
      // Not wrapped: what to do is often a command to copy.
      ...(todo && status !== 'ok' ? [`${indent}${paint('cyan', '→')} ${printable(todo)}`] : []),
    ];
  });
  const counts = STATUSES.map(
    (status) => [status, findings.filter((one) => one.status === status).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`);
  return `${[...lines, '', counts.join(', ')].join('\n')}\n`;
}
