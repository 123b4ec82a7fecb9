#!/usr/bin/env node
import { nodeProblem } from './cli/node-version.ts';

// Everything else is imported behind this check: on an older Node it would not even load.
const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  const { start } = await import('./cli/start.ts');
  await start();
} else {
  process.stderr.write(`deploy-guard: ${problem}\n`);
  process.exitCode = 2;
}
