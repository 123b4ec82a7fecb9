/** What is read of Stryker's report (mutation-testing-report-schema). */
export interface StrykerReport {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly StrykerMutant[] }>
  >;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface StrykerMutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** One mutant, with the code that it replaces on one line. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly code: string;
  readonly replacement: string;
  readonly status: string;
}

/** Where the mutants are that only a fresh process can run, as Stryker's `mutate` takes it. */
export function rangesOf(report: StrykerReport): string[] {
  const ranges = Object.entries(report.files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(isLeft)
      .map(
        ({ location: { start, end } }) =>
          `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
      ),
  );
  return [...new Set(ranges)];
}

/** Both passes as one: what the first left out has the second's result. */
export function merge(calls: StrykerReport, loading: StrykerReport | undefined): Mutant[] {
  const second = new Map<string, string>();
  for (const [file, { mutants }] of Object.entries(loading?.files ?? {})) {
    for (const mutant of mutants) second.set(keyOf(file, mutant), mutant.status);
  }
  return Object.entries(calls.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant): Mutant => {
      const status = isLeft(mutant) ? second.get(keyOf(file, mutant)) : mutant.status;
      if (status === undefined) throw new Error(`${file}:${mutant.location.start.line} was never run`);
      return {
        file,
        line: mutant.location.start.line,
        mutator: mutant.mutatorName,
        code: oneLine(cut(source, mutant.location)),
        replacement: oneLine(mutant.replacement ?? ''),
        status,
      };
    }),
  );
}

/** Counts by result, and the share of the mutants that were noticed, in per cent. */
export function tally(mutants: readonly Pick<Mutant, 'status'>[]) {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed', 'RuntimeError', 'CompileError');
  const [timeout, survived, noCoverage] = [count('Timeout'), count('Survived'), count('NoCoverage')];
  const judged = killed + timeout + survived + noCoverage;
  if (judged !== mutants.length) throw new Error('a mutant has a status that is not counted');
  const score = judged === 0 ? 100 : Math.round((10_000 * (killed + timeout)) / judged) / 100;
  return { score, killed, timeout, survived, noCoverage };
}

function isLeft({ status, statusReason }: StrykerMutant): boolean {
  return status === 'Ignored' && /static/i.test(statusReason ?? '');
}

function keyOf(file: string, { mutatorName, replacement, location }: StrykerMutant): string {
  return JSON.stringify([file, mutatorName, replacement, location]);
}

function cut(source: string, { start, end }: StrykerMutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.at(-1);
  if (last !== undefined) lines[lines.length - 1] = last.slice(0, end.column - 1);
  lines[0] = lines[0]?.slice(start.column - 1) ?? '';
  return lines.join('\n');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
