import module from 'node:module';
import { refuseOldNode } from './support/node-version.ts';

// A job's steps share the runner's temporary folder: the second one need not compile what the first one did.
// The cache must be on before anything else is loaded, so this file loads nothing. Only in that folder, which
// belongs to the runner: who can write to the cache decides what runs.
const { RUNNER_TEMP } = process.env;
// The action brings its Node along, but a self-hosted runner can replace it by an older one.
if (!refuseOldNode(process)) {
  if (RUNNER_TEMP) module.enableCompileCache?.(`${RUNNER_TEMP}/deploy-guard-compile-cache`);
  await import('./action.ts');
}
