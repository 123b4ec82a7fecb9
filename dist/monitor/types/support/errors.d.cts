import { type Problem } from './problem.cjs';
/** What the user can fix: bad inputs, a bad guard file, a refused operation. All problems at once. */
export declare class ConfigurationError extends Error {
    readonly name = "ConfigurationError";
    readonly problems: readonly Problem[];
    constructor(problems: readonly Problem[] | Problem);
}
/** The run was stopped by SIGINT or SIGTERM. It is the reason of the run's abort signal. */
export declare class Interrupted extends Error {
    readonly name = "Interrupted";
    readonly signalName: string;
    constructor(signalName: string, cause?: unknown);
}
/** Something failed in the background, where no caller waited for it: a bug of deploy-guard. It is the reason of the run's abort signal. */
export declare class UnexpectedFault extends Interrupted {
    constructor(fault: unknown);
}
/** Another operation holds the lease; the command line answers with exit code 4. */
export declare class LeaseHeldError extends Error {
    readonly name = "LeaseHeldError";
}
/** The message of anything that was thrown, causes included, outermost first. */
export declare function messageOf(error: unknown): string;
/** Anything as text; what has no text (an object whose `toString` is not a function) by its type alone. */
export declare function textOf(value: unknown): string;
/** An error of a file with the file's name in it: a full disk's own says nothing of where. */
export declare function withPath(error: unknown, path: string): Error;
