import { nearest } from '../../support/nearest.ts';
import type { StepDefinition } from './catalogue.ts';

/** A selection that cannot be read, and what to write instead. */
export interface SelectionProblem {
  readonly message: string;
  readonly hint?: string;
}

/**
 * Reads `19`, `19,21`, `19-22` and names, one a line or with commas.
 * @returns the chosen STEPs as they are applied: the team's own first, the last declared before the others,
 *   then the built-in ones from the highest number down; or everything that is wrong.
 */
export function selectSteps(
  text: string,
  catalogue: readonly StepDefinition[],
): { steps: readonly StepDefinition[] } | { problems: readonly SelectionProblem[] } {
  const problems: SelectionProblem[] = [];
  const chosen = new Set<StepDefinition>();
  const entries = parts(text);
  if (entries.length === 0)
    problems.push({ message: 'names no STEP', hint: 'Write `19`, `19,21`, `19-22` or names.' });
  for (const entry of entries) {
    const found = entryOf(entry, catalogue);
    if ('message' in found) problems.push(found);
    else for (const step of found.steps) chosen.add(step);
  }
  if (problems.length > 0) return { problems };
  return { steps: applyOrder([...chosen], catalogue) };
}

/** The numbers and names in a selection, ranges written out; for STEPs that an operation holds, whatever today's catalogue. */
export function selectionEntries(
  text: string,
): { entries: readonly string[] } | { problems: readonly SelectionProblem[] } {
  const entries: string[] = [];
  const problems: SelectionProblem[] = [];
  for (const entry of parts(text)) {
    const range = /^(\d{1,4})\s*-\s*(\d{1,4})$/.exec(entry);
    if (range === null) entries.push(entry);
    else if (Number(range[1]) > Number(range[2])) problems.push({ message: `'${entry}' runs backwards` });
    else
      for (let number = Number(range[1]); number <= Number(range[2]); number++) entries.push(String(number));
  }
  return problems.length > 0 ? { problems } : { entries };
}

function parts(text: string): string[] {
  return text
    .split(/[\r\n,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The order in which STEPs are rolled back: what came last goes first. */
function applyOrder(
  steps: readonly StepDefinition[],
  catalogue: readonly StepDefinition[],
): StepDefinition[] {
  const rank = (step: StepDefinition) =>
    /^\d+$/.test(step.step) ? Number(step.step) : 1_000_000 + catalogue.indexOf(step);
  return [...steps].sort((a, b) => rank(b) - rank(a));
}

function entryOf(
  entry: string,
  catalogue: readonly StepDefinition[],
): { steps: readonly StepDefinition[] } | SelectionProblem {
  const range = /^(\d+)\s*-\s*(\d+)$/.exec(entry);
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    if (low > high)
      return {
        message: `'${entry}' runs backwards`,
        hint: `Write \`${high}-${low}\`; the order of work is decided by the STEPs.`,
      };
    const missing: string[] = [];
    const steps: StepDefinition[] = [];
    for (let number = low; number <= high && missing.length < 5; number++) {
      const step = catalogue.find((candidate) => candidate.step === String(number));
      if (step) steps.push(step);
      else missing.push(String(number));
    }
    if (missing.length > 0)
      return { message: `STEP ${missing.join(', ')} of '${entry}' is not known`, hint: known(catalogue) };
    return { steps };
  }
  const step = catalogue.find((candidate) => candidate.step === entry || candidate.name === entry);
  if (step) return { steps: [step] };
  const near = nearest(
    entry,
    catalogue.flatMap((candidate) => [candidate.step, candidate.name]),
  );
  return {
    message: `STEP '${entry.slice(0, 60)}' is not known`,
    hint: near !== undefined && !/^\d+$/.test(entry) ? `Did you mean \`${near}\`?` : known(catalogue),
  };
}

function known(catalogue: readonly StepDefinition[]): string {
  const numbers = catalogue.filter((step) => /^\d+$/.test(step.step)).map((step) => step.step);
  const own = catalogue.filter((step) => !/^\d+$/.test(step.step)).map((step) => step.step);
  return `Known are ${[...numbers, ...own].join(', ')}.`;
}
