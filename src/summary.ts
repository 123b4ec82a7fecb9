import { refuseOldNode } from './support/node-version.ts';

/** Entry of the action in summary/. Everything else is imported behind this check: an older Node could not load it. */
if (!refuseOldNode(process)) await import('./summary-run.ts');
