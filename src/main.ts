import module from 'node:module';

// The steps of a job share the runner's temporary folder: the second one need not compile what the first one
// did. It must be on before anything else is loaded, so this file loads nothing. Only in that folder, which
// belongs to the runner: whoever can write to the cache decides what runs.
const { RUNNER_TEMP } = process.env;
// A runner that has an older Node take the place of the action's has none.
if (RUNNER_TEMP) module.enableCompileCache?.(`${RUNNER_TEMP}/deploy-guard-compile-cache`);

await import('./action.ts');
