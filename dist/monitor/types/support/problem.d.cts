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
export declare const WORKFLOW_DIALECT: Dialect;
/** The input by its name, or with a value as the user would write it. */
export declare function input(name: string, value?: string): InputMention;
/** How to give an input that is a secret, as a clause: "write `smtp-url: ${{ secrets.SMTP_URL }}`". */
export declare function setSecret(name: string): InputMention;
/** Tag of a text with mentions: text`needs ${input('slack-token')}`. */
export declare function text(strings: TemplateStringsArray, ...mentions: readonly (string | InputMention)[]): Text;
/** The text in the words of one face. */
export declare function renderText(text: Text, dialect?: Dialect): string;
/** `thresholds: this is wrong`, what to write instead below it; more lines if a caret points at a place. */
export declare function formatProblem(problem: Problem, dialect?: Dialect): string;
