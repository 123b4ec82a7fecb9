/**
 * What a user got wrong, as data. Each face of the product renders it in its own words: a workflow file writes
 * `mongodb-uri: …`, a shell sets DEPLOY_GUARD_MONGODB_URI.
 */
export interface Problem {
  /** Stable and in kebab case, for tests and programs: `not-a-duration`. */
  readonly code: string;
  /** The input's name (`thresholds`) or a place in a file (`.github/deploy-guard.yml:4:3`). */
  readonly where: string;
  /** The key of the guard file, if `where` is a place in it: `targets.0.timeout`. */
  readonly key?: string;
  /** The value as it may be shown: quoted and shortened, or only the shape of a secret. */
  readonly value?: string;
  /** What is wrong, without a subject: `is not a duration`. */
  readonly message: Text;
  /** What to write instead. */
  readonly hint?: Text;
}

/** A mention of an input within a text: with a value, how to write it; with `secret`, how to set it from a secret. */
export interface InputMention {
  readonly input: string;
  readonly value?: string;
  readonly secret?: boolean;
}

/** A text in which inputs are mentioned as data. */
export type Text = string | readonly (string | InputMention)[];

/** How one face of the product names inputs. */
export interface Dialect {
  /** The place that begins a problem: an input's name or a place in a file. */
  where(where: string): string;
  mention(mention: InputMention): string;
}

/** As a workflow file writes them. */
export const WORKFLOW_DIALECT: Dialect = {
  where: (where) => where,
  mention: ({ input, value, secret }) =>
    secret === true
      ? `write \`${input}: \${{ secrets.${input.replaceAll('-', '_').toUpperCase()} }}\``
      : `\`${input}${value === undefined ? '' : `: ${value}`}\``,
};

/** The input by its name, or with a value as the user would write it. */
export function input(name: string, value?: string): InputMention {
  return value === undefined ? { input: name } : { input: name, value };
}

/** How to give an input that is a secret, as a clause: "write `smtp-url: ${{ secrets.SMTP_URL }}`". */
export function setSecret(name: string): InputMention {
  return { input: name, secret: true };
}

/** Tag of a text with mentions: text`needs ${input('slack-token')}`. */
export function text(strings: TemplateStringsArray, ...mentions: readonly (string | InputMention)[]): Text {
  return strings.flatMap((part, index) => {
    const mention = mentions[index];
    return mention === undefined ? [part] : [part, mention];
  });
}

/** The text in the words of one face. */
export function renderText(text: Text, dialect: Dialect = WORKFLOW_DIALECT): string {
  if (typeof text === 'string') return text;
  return text.map((part) => (typeof part === 'string' ? part : dialect.mention(part))).join('');
}

/** `thresholds: this is wrong`, what to write instead below it; more lines if a caret points at a place. */
export function formatProblem(problem: Problem, dialect: Dialect = WORKFLOW_DIALECT): string {
  const { where, key, value, message, hint } = problem;
  const subject = [
    key === undefined ? [] : `\`${key}\`${value === undefined ? '' : ':'}`,
    value ?? [],
  ].flat();
  const first = [...subject, renderText(message, dialect)].join(' ');
  const below = hint === undefined ? '' : `\n  ${capital(renderText(hint, dialect))}`;
  return `${dialect.where(where)}: ${first}${below}`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
