import * as z from 'zod';
import { shorten } from '../../support/format.ts';
import type { Problem } from '../../support/problem.ts';
import { formatProblem } from '../../support/problem.ts';

/** A problem of a value whose place is not known yet. */
export type Refusal = Omit<Problem, 'where'>;

/** Refuses a value within a schema. The refusal travels with zod's issue, whose own message is for other readers. */
export function refuse(context: z.RefinementCtx, refusal: Refusal): never {
  const message = formatProblem({ where: '', ...refusal }).slice(': '.length);
  context.addIssue({ code: 'custom', message, params: { refusal } });
  return z.NEVER;
}

/** What is wrong by one of zod's issues; of zod's own checks with zod's code. */
export function refusalOf(issue: z.core.$ZodIssue): Refusal {
  const refusal = issue.code === 'custom' ? (issue.params?.refusal as Refusal | undefined) : undefined;
  if (refusal !== undefined) return refusal;
  // A missing key is missing, not "undefined", which no user has written.
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return { code: 'missing', message: 'is missing' };
  return {
    code: issue.code.replaceAll('_', '-'),
    message: lowerFirst(issue.message.replace(/^Invalid input: /, '')),
  };
}

/** The value, quoted and shortened to one line. Never of a secret: see `shapeOf`. */
export function quoted(text: string): string {
  return `'${oneLine(text)}'`;
}

/** A secret by what can be wrong with it, and nothing of what it says: its length, quotes, blanks, line breaks. */
export function shapeOf(text: string): string {
  const traits = [
    /^(["'`]).*\1$/s.test(text) ? 'in quotes' : '',
    /[\r\n]/.test(text) ? 'with a line break' : /\s/.test(text) ? 'with a blank' : '',
    /^\$\{/.test(text) ? 'a variable that nothing expanded' : '',
  ].filter((trait) => trait !== '');
  return `(${[`${text.length} characters`, ...traits].join(', ')})`;
}

/** For messages: the text on one line, cut if it is long. */
export function oneLine(text: string, length = 60): string {
  return shorten(text.replace(/\s+/g, ' '), length);
}

/** `a`, `b` or `c`. */
export function wordList(words: readonly string[]): string {
  const list = words.map((word) => `\`${word}\``);
  return list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
