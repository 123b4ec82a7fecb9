/**
 * Mutants that no test can notice, or that are not worth one, with the reason. An entry is about the code
 * that is replaced, wherever in the file it stands; one that no mutant needs any more is to be taken out.
 */
export interface Explained {
  readonly file: string;
  /** The code that the mutant replaces, on one line. */
  readonly code: string;
  readonly replacement: string;
  readonly why: string;
}

export const EXPLAINED: readonly Explained[] = [];
