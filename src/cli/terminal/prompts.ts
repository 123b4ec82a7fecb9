// Import this file lazily: it loads the library that asks, which most runs do not need.
import { confirm, isCancel, multiselect, password, select, text } from '@clack/prompts';

/** The user stopped a question with Ctrl-C or Escape. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('cancelled; nothing was run');
  }
}

/** Questions go to standard error, so that standard output stays the result's. */
const output = process.stderr;

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Questions that end with the run: each throws Cancelled where the user, or a signal, stops it. */
export function prompts(signal: AbortSignal) {
  const common = { output, signal };
  return {
    secret: async (message: string): Promise<string> => answered(await password({ message, ...common })),

    text: async (
      message: string,
      options: { initial?: string; placeholder?: string; check: (value: string) => string | undefined },
    ): Promise<string> => {
      const { check } = options;
      return answered(
        await text({
          message,
          ...common,
          ...(options.initial === undefined ? {} : { initialValue: options.initial }),
          ...(options.placeholder === undefined ? {} : { placeholder: options.placeholder }),
          validate: (value) => check(value ?? ''),
        }),
      );
    },

    yes: async (message: string, initial = true): Promise<boolean> =>
      answered(await confirm({ message, ...common, initialValue: initial })),

    one: async (message: string, choices: readonly Choice[]): Promise<string> =>
      answered(
        await select<string>({ message, ...common, options: choices.map((choice) => ({ ...choice })) }),
      ),

    some: async (
      message: string,
      choices: readonly Choice[],
      initial: readonly string[],
    ): Promise<string[]> =>
      answered(
        await multiselect<string>({
          message,
          ...common,
          options: choices.map((choice) => ({ ...choice })),
          initialValues: [...initial],
          required: false,
        }),
      ),
  };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>;
}
