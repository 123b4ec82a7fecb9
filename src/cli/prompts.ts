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

/** @throws Cancelled */
export async function askSecret(message: string): Promise<string> {
  return answered(await password({ message, output }));
}

/** @throws Cancelled */
export async function askText(
  message: string,
  options: { initial?: string; placeholder?: string; check?: (value: string) => string | undefined } = {},
): Promise<string> {
  const { check } = options;
  return answered(
    await text({
      message,
      output,
      ...(options.initial === undefined ? {} : { initialValue: options.initial }),
      ...(options.placeholder === undefined ? {} : { placeholder: options.placeholder }),
      ...(check === undefined ? {} : { validate: (value) => check(value ?? '') }),
    }),
  );
}

/** @throws Cancelled */
export async function askYes(message: string, initial = true): Promise<boolean> {
  return answered(await confirm({ message, output, initialValue: initial }));
}

/** @throws Cancelled */
export async function askOne(message: string, choices: readonly Choice[]): Promise<string> {
  return answered(
    await select<string>({ message, output, options: choices.map((choice) => ({ ...choice })) }),
  );
}

/** @throws Cancelled */
export async function askSome(
  message: string,
  choices: readonly Choice[],
  initial: readonly string[],
): Promise<string[]> {
  return answered(
    await multiselect<string>({
      message,
      output,
      options: choices.map((choice) => ({ ...choice })),
      initialValues: [...initial],
      required: false,
    }),
  );
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>;
}
