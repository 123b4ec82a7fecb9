import { expect, test } from 'vitest';
import { withImplied } from '../../../../src/verify/thresholds/defaults.ts';
import { parseThreshold } from '../../../../src/verify/thresholds/parse.ts';

test.each([
  ['mongodb_collection_documents: value>=-5%', false],
  ['mongodb_collection_documents: warn value>=-5%', false],
  ['mongodb_collection_documents: value>=100', true],
  ['mongodb_up: rate==1', true],
])('with %s of your own, that collections do not shrink is implied: %s', (text, implied) => {
  const own = parseThreshold(text);
  if (!own.ok) throw new Error(own.error.message);
  const all = withImplied([own.threshold], { targets: [], mongodb: true, compared: true });
  const found = all.filter((one) => one.metric === 'mongodb_collection_documents' && one.implied);
  expect(found.map((one) => one.text)).toEqual(
    implied ? ['mongodb_collection_documents: warn value>=-10%'] : [],
  );
});
