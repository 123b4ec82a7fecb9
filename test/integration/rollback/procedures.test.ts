import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { plain } from '../../../src/cli/terminal/terminal.ts';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../src/settings/guard-file/read.ts';
import { guardFileSchema } from '../../../src/settings/guard-file/schema.ts';
import { readInputs } from '../../../src/settings/inputs/read.ts';
import { ROLLBACK_INPUTS } from '../../../src/settings/inputs/rollback.ts';
import { rollbackOptions } from '../../../src/settings/rollback/options.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { needs } from '../../support/needs.ts';
import { seedDatabase } from '../../support/seed-data.ts';
import { settingsContext } from '../../support/settings.ts';

/** Every command of the document, section by section, each on the shop that it speaks of. */
const text = readFileSync(new URL('../../../docs/ROLLBACK_PROCEDURES.md', import.meta.url), 'utf8');

interface Block {
  kind: string;
  lines: string[];
}

/** The fenced blocks below each heading, in order. */
const sections = text.split(/^(?=#{2,3} )/m).map((section) => ({
  title: section.split('\n')[0]?.replace(/^#+ /, '') ?? '',
  blocks: [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, kind = '', body = '']): Block => ({
      kind,
      lines: body
        .replaceAll('\\\n', ' ')
        .split('\n')
        .filter((line) => line !== ''),
    }),
  ),
}));

let client: MongoClient;
let folder: string;
let name: string;
beforeEach(async () => {
  client = new MongoClient(inject('mongoUri'));
  name = freshDatabaseName('procedures');
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-procedures-'));
  await seedDatabase(client.db(name), { orders: 1_000, validators: inject('mongoCapabilities').validators });
});
afterEach(async () => {
  await client.db(name).dropDatabase();
  await client.db(`${name}_state`).dropDatabase();
  await client.close();
  await rm(folder, { recursive: true, force: true });
});

/** A command as it stands there, with what the shell would put in. */
async function run(line: string, variables: Record<string, string>): Promise<string> {
  const filled = line.replace(
    /\$(DIGEST|OPERATION)/g,
    (_whole, variable: string) => variables[variable] ?? '',
  );
  const words = [...filled.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  expect(words.shift()).toBe('deploy-guard');
  let output = '';
  const write = (part: string) => {
    output += part;
  };
  const code = await main(
    [...words, '--report-path', join(folder, 'report.json'), '--state-database', `${name}_state`],
    {
      env: { MONGODB_URI: inject('mongoUri').replace(/\/?(\?|$)/, `/${name}$1`) },
      cwd: folder,
      out: write,
      err: write,
      outPaint: plain,
      errPaint: plain,
      width: 200,
      live: false,
      interactive: false,
    },
    new AbortController().signal,
  );
  expect({ line: filled, code, output: code === 0 ? '' : output }).toEqual({
    line: filled,
    code: 0,
    output: '',
  });
  const { rollback } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  if (rollback.operation === 'plan') variables.DIGEST = rollback.planDigest;
  // Applying again prints an id too, but there is nothing to take back.
  if (
    rollback.operation === 'apply' &&
    rollback.steps.some((step: { modified: number }) => step.modified > 0)
  ) {
    variables.OPERATION = rollback.operationId;
  }
  return output;
}

/** A check as it stands there: `db.orders.countDocuments({…}) // 0`. */
async function check(line: string): Promise<void> {
  const [, code = '', expected] = /^(.*?)\s*(?:\/\/ (\d+))?$/.exec(line) ?? [];
  const collections = new Proxy({} as Record<string, unknown>, {
    get: (_target, collection: string) => {
      if (collection === 'getCollectionInfos')
        return () => client.db(name).listCollections({ name: 'users' }).toArray();
      const found = client.db(name).collection(collection);
      return {
        countDocuments: (filter: object) => found.countDocuments(filter),
        getIndexes: () => found.listIndexes().toArray(),
      };
    },
  });
  // The shell waits for promises by itself: the call first, what follows on its result.
  const [, call = code, rest = ''] = /^(db\.\w+(?:\.\w+)?\(.*?\))((?:\[|\.length).*)?$/.exec(code) ?? [];
  const result = await new Function('db', `return ${call}`)(collections);
  const value = new Function('result', `return result${rest}`)(result);
  if (expected !== undefined) expect({ [code]: Number(value) }).toEqual({ [code]: Number(expected) });
}

test('there are twelve sections, and each STEP has its own', () => {
  expect(text.match(/^## /gm)).toHaveLength(12);
  expect(text.match(/^### STEP \d+/gm)).toEqual(
    Array.from({ length: 12 }, (_, index) => `### STEP ${19 + index}`),
  );
});

test('the guard file that it shows is one', async () => {
  const problems = new Problems();
  for (const { kind, lines } of sections.flatMap(({ blocks }) => blocks)) {
    if (kind !== 'yaml') continue;
    const file = parseGuardFile('guard.yml', lines.join('\n'), guardFileSchema, problems);
    const inputs = readInputs(
      ROLLBACK_INPUTS,
      (name) => ({ operation: 'plan', steps: '22, loyalty-points' })[name],
      problems,
    );
    const options = await rollbackOptions(
      inputs,
      file?.values ?? {},
      settingsContext({ problems, dryRun: true, hasMongodbUri: true }),
    );
    problems.throwIfAny();
    expect(options?.steps.map(({ step }) => step)).toEqual(['loyalty-points', '22']);
  }
});

describe('the commands do what is said', () => {
  for (const { title, blocks } of sections.filter((section) =>
    section.blocks.some(({ kind }) => kind === 'sh'),
  )) {
    const reason = /^STEP 2[47]:/.test(title) ? needs('collMod', 'validators') : undefined;
    test.skipIf(reason)(title, { timeout: 60_000 }, async () => {
      const variables: Record<string, string> = {};
      let output = '';
      for (const { kind, lines } of blocks) {
        if (kind === 'sh') output = await run(lines.join(' '), variables);
        else if (kind === 'text') {
          for (const line of lines) {
            const wanted = line.replace('$OPERATION', variables.OPERATION ?? '');
            const pattern = wanted
              .split('…')
              .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
              .join('[\\d,]+');
            expect(output.replaceAll(/ +/g, ' ')).toMatch(new RegExp(pattern.replaceAll(/ +/g, ' ')));
          }
        } else if (kind === 'js') for (const line of lines) await check(line);
      }
    });
  }
});
