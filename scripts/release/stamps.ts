/**
 * The version that is written into each called workflow, for platforms that do not say what the workflow was
 * called at: `${{ job.workflow_sha || 'v0.1.0' }}`.
 */
const STAMP = /(\|\| ')(v\d[^']*)('\s*\}\})/g;

/** The stamps of a workflow's text. */
export function stampsOf(workflow: string): string[] {
  return [...workflow.matchAll(STAMP)].map((match) => match[2] ?? '');
}

export function stamp(workflow: string, tag: string): string {
  return workflow.replace(STAMP, `$1${tag}$3`);
}

/** Versions that a text names the action or a called workflow at: `deploy-guard/deploy-guard@v0`. */
export function namedVersions(text: string): string[] {
  return [...text.matchAll(/\bdeploy-guard\/deploy-guard(?:\/[\w./-]+)?@(v[\w.-]*\w)/g)].map(
    (match) => match[1] ?? '',
  );
}
