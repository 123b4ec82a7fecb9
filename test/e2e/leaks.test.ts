import { beforeAll, describe, expect, inject, test } from 'vitest';
import { CHANNEL_NAMES } from '../../src/alert/model/alert.ts';
import { OUTPUTS } from '../../src/report/outputs.ts';
import { guardFileSchema } from '../../src/settings/guard-file/schema.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { secretText } from '../../src/settings/values/secret-text.ts';
import { type Hunt, hunt } from '../leaks/hunt.ts';
import { FORMS, search } from '../leaks/search.ts';
import { ALL_SECRETS, GUARD_SECRETS, INPUT_SECRETS, secretOf } from '../leaks/secrets.ts';
import { WORLDS } from '../leaks/worlds.ts';

/**
 * Every secret that can be given, in worlds that send back what they got: nothing that a run leaves behind may
 * hold a part of one, in any form. `npm run leaks` is the same with a record. A secret input, a place of the
 * guard file, a channel or an output that is not in these worlds fails the last tests.
 *
 * What is kept on purpose and therefore not searched: the before-images of the journal, which are the documents
 * themselves (none of the secrets here is in a document, so even they are searched), and the `::add-mask::`
 * lines, by which the runner learns what to hide.
 */
const hunts = new Map<string, Hunt>();

beforeAll(async () => {
  const left = [...WORLDS];
  const some = async () => {
    for (let world = left.shift(); world !== undefined; world = left.shift()) {
      hunts.set(world.name, await hunt(world, inject('mongoUri')));
    }
  };
  await Promise.all([some(), some(), some()]);
}, 240_000);

describe('no secret leaves a run', () => {
  test.each(WORLDS.map(({ name }) => name))('%s', (name) => {
    const one = hunts.get(name);
    expect(one?.leaks).toEqual([]);
    expect(one?.bytes).toBeGreaterThan(1_000);
  });
});

describe('nothing is left out of the hunt', () => {
  const named = new Set(WORLDS.flatMap(({ secrets }) => secrets));

  test('every secret input is given', () => {
    const secretInputs = Object.entries(ALL_INPUTS)
      .filter(([, input]) => input.secret || input.secretParts)
      .map(([name]) => name);
    expect(secretInputs.filter((name) => !named.has(name))).toEqual([]);
    expect(INPUT_SECRETS.filter((name) => !named.has(name))).toEqual([]);
  });

  test('every place of the guard file that may hold a secret is used', () => {
    const places = new Set(placesOf(guardFileSchema, []));
    expect([...places].sort()).toEqual([...new Set(Object.values(GUARD_SECRETS))].sort());
    expect(Object.keys(GUARD_SECRETS).filter((name) => !named.has(name))).toEqual([]);
  });

  test('at least 60 secrets, no two of which share a part', () => {
    expect(new Set(ALL_SECRETS.map(secretOf)).size).toBeGreaterThanOrEqual(60);
    for (const name of ALL_SECRETS) {
      const found = search(secretOf(name), 'here').map(({ secret }) => secret);
      expect(found, name).toEqual([name]);
    }
  });

  test('the search finds each form, in the midst of other text', () => {
    const secret = secretOf('headers');
    const forms = [
      secret.slice(3, 12),
      encodeURIComponent(secret),
      JSON.stringify({ secret }),
      Buffer.from(`x${secret}`).toString('base64'),
      Buffer.from(`xy${secret}z`).toString('base64url'),
      Buffer.from(secret).toString('hex'),
      [...secret].reverse().join(''),
      secret.replace(/&/g, '&amp;').replace(/</g, '&lt;'),
    ];
    for (const form of forms) expect(search(`before ${form} after`, 'here')[0]?.secret, form).toBe('headers');
    expect(FORMS.length).toBeGreaterThanOrEqual(8);
    expect(search('nothing of it', 'here')).toEqual([]);
  });

  test('every channel, output and kept collection was searched', () => {
    const searched = new Map<string, number>();
    for (const { places } of hunts.values()) {
      for (const [place, size] of Object.entries(places)) {
        const name = place.replace(/^[a-z]+: /, '');
        searched.set(name, Math.max(searched.get(name) ?? 0, size));
      }
    }
    const filled = (name: string) => (searched.get(name) ?? 0) > 0;
    expect(CHANNEL_NAMES.filter((name) => !filled(`channel ${name}`))).toEqual([]);
    expect(Object.keys(OUTPUTS).filter((name) => !searched.has(`output ${name}`))).toEqual([]);
    for (const place of [
      'stdout',
      'summary',
      'report',
      'file report.html',
      'file report.xml',
      'pull request comment',
      'file state.json',
      'file page.html',
      'file history.json',
    ]) {
      expect(filled(place), place).toBe(true);
    }
    for (const collection of COLLECTIONS) expect(filled(`collection ${collection}`), collection).toBe(true);
  });
});

/** Kept in the state database, as interface and docs name them; whatever else turns up there is searched too. */
const COLLECTIONS = [
  'rollback_operations',
  'rollback_journal',
  'rollback_audit',
  'leases',
  'alert_history',
  'baselines',
];

/** The paths of a schema at which secret text may stand. */
function placesOf(schema: unknown, path: readonly string[]): string[] {
  const definition = (schema as { def?: Record<string, unknown> } | undefined)?.def;
  if (!definition || path.length > 8) return [];
  // `describe` makes a copy; what turns text into a secret stays the same.
  if (definition.out === secretText.def.out) return [path.join('.')];
  const { shape, element, innerType, options, valueType, in: input } = definition;
  return [
    ...Object.entries((shape ?? {}) as Record<string, unknown>).flatMap(([key, inner]) =>
      placesOf(inner, [...path, key]),
    ),
    ...(element ? placesOf(element, [...path, '[]']) : []),
    ...(valueType ? placesOf(valueType, [...path, '{}']) : []),
    ...(innerType ? placesOf(innerType, path) : []),
    ...((options ?? []) as unknown[]).flatMap((option) => placesOf(option, path)),
    ...(input ? placesOf(input, path) : []),
  ];
}
