/** The oldest Node that the bundled HTTP client runs on. Imports nothing: it must load on any Node. */
export const OLDEST_NODE = '22.19.0';

/** What is wrong with a version of Node, in one sentence; undefined if it is new enough. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `this is Node ${version}, and Node ${OLDEST_NODE} or newer is needed; install Node 24 (https://nodejs.org) and try again.`;
}

/** For the action: reports a Node that is too old as an annotation, and fails the step. Whether it did so. */
export function refuseOldNode(process: {
  readonly versions: { readonly node: string };
  readonly stdout: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
}): boolean {
  const problem = nodeProblem(process.versions.node);
  if (problem === undefined) return false;
  process.stdout.write(`::error title=Node is too old::deploy-guard: ${problem}\n`);
  process.exitCode = 1;
  return true;
}
