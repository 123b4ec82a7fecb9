import { formatProblem, type Problem } from './problem.ts';

/** What the user can fix: bad inputs, a bad guard file, a refused operation. All problems at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[] | Problem) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map((problem) => formatProblem(problem)).join('\n'));
    this.problems = list;
  }
}

/** The run was stopped by SIGINT or SIGTERM. It is the reason of the run's abort signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signalName: string;

  constructor(signalName: string, cause?: unknown) {
    super(`interrupted by ${signalName}`, cause === undefined ? {} : { cause });
    this.signalName = signalName;
  }
}

/** Something failed in the background, where no caller waited for it: a bug of deploy-guard. It is the reason of the run's abort signal. */
export class UnexpectedFault extends Interrupted {
  constructor(fault: unknown) {
    super('an unexpected fault', fault);
  }
}

/** Another operation holds the lease; the command line answers with exit code 4. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
}

/** The message of anything that was thrown, causes included, outermost first. */
export function messageOf(error: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (current !== undefined && current !== null && !seen.has(current)) {
    seen.add(current);
    if (current instanceof Error) {
      // Node's AggregateError (happy eyeballs) has an empty message; what it holds says more.
      const own = current.message || (current instanceof AggregateError ? aggregateMessage(current) : '');
      const code = (current as NodeJS.ErrnoException).code;
      const text = own || (typeof code === 'string' ? code : current.name);
      if (!parts.some((part) => part.includes(text))) parts.push(text);
      current = current.cause;
    } else {
      parts.push(textOf(current));
      break;
    }
  }
  return parts.join(': ') || 'unknown error';
}

/** Anything as text; what has no text (an object whose `toString` is not a function) by its type alone. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a thrown ${typeof value}`;
  }
}

function aggregateMessage(error: AggregateError): string {
  return [...new Set(error.errors.map((inner) => messageOf(inner)))].join('; ');
}

/** An error of a file with the file's name in it: a full disk's own says nothing of where. */
export function withPath(error: unknown, path: string): Error {
  const message = messageOf(error);
  return new Error(message.includes(path) ? message : `${path}: ${message}`, { cause: error });
}
