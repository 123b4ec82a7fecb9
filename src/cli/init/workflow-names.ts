/** The workflows that `init` can write. */
export const WORKFLOWS = ['verify', 'plan', 'rollback', 'health'] as const;
export type WorkflowName = (typeof WORKFLOWS)[number];
