import fc from 'fast-check';

/** Text that acts somewhere: on the runner, in Markdown, HTML, Slack, mail, YAML, MongoDB, JavaScript, a file system. */
export const SNIPPETS: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '${{ secrets.TOKEN }}',
  '${HOME}',
  '${CONSTRUCTOR}',
  '#{7*7}',
  '{{7*7}}',
  '%s%n',
  '\\u0000',
  '\\',
  '::set-output name=verdict::pass',
  '\n::add-mask::pass',
  '\r::error::forged',
  '%0A::warning::x',
  '\u2028::stop-commands::x',
  '##[add-mask]x',
  '\n##[command]rm',
  ' \t::debug::x',
  '\u0085::notice::x',
  '\u000b::group::x',
  '::endgroup::',
  '\nverdict=pass\n',
  '\nverdict<<EOF\npass\nEOF\n',
  'ghadelimiter_',
  '<<',
  '=',
  '\r\nBcc: everybody@example.com',
  '\nSubject: forged',
  '\r\n\r\n<html>',
  '\r\n.\r\nMAIL FROM:<x@y.z>',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='x",
  '<!--',
  '-->',
  '<a href="https://evil.example">',
  '</table>',
  '</details>',
  '<details open>',
  '&lt;b&gt;',
  '&#60;script&#62;',
  '<!DOCTYPE',
  ']]>',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/x.png)',
  '[x]: https://evil.example',
  'https://evil.example/',
  'www.evil.example',
  'a@evil.example',
  '|',
  '\n| --- |',
  '`',
  '```',
  '````',
  '~~~',
  '\n# head',
  '\n> quote',
  '\n- item',
  '\n---\n',
  '**b**',
  '$$x$$',
  '\\|',
  '\n    code',
  '@octocat',
  '@org/team',
  '#12',
  'octo-org/shop#1',
  'GH-12',
  '@here',
  '@channel',
  '@everyone',
  '<!channel>',
  '<!here>',
  '<!everyone>',
  '<@U0123456>',
  '<#C0123456>',
  '<!subteam^S01>',
  '<https://evil.example|click>',
  '&amp;',
  '*b*',
  ':boom:',
  '{"$gt":""}',
  '$where',
  '$gt',
  '$ne',
  '$function',
  'a.b',
  '.',
  '..',
  '$',
  '$$ROOT',
  '[$ne]=1',
  "'; return true; '",
  '{"$ref":"x"}',
  '{"$date":"x"}',
  '../../bench/',
  '../../../../etc/passwd',
  '/etc/passwd',
  '/dev/zero',
  '/proc/self/environ',
  '\0',
  'file:///etc/passwd',
  '.git/hooks/pre-commit',
  '~/.ssh/id_rsa',
  'C:\\x',
  'CON',
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.1:1/',
  'http://[::1]/',
  'gopher://x',
  'javascript:alert(1)',
  '//evil.example',
  'http://user:pa$$@x/',
  'data:text/html,x',
  '!!js/function',
  '!!binary aGk=',
  '&a',
  '*a',
  '<<: *a',
  '- ',
  ': ',
  '? ',
  '%YAML 1.2',
  '---',
  '...',
  '{',
  '}',
  '[',
  ']',
  "'",
  '"',
  ',',
  '!!set {a}',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\u0000',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u0008',
  '\u007f',
  '\uffff',
  '1e999',
  '-0',
  'NaN',
  'Infinity',
  '0x10',
  '9007199254740993',
  '-1',
  '1_000',
  '00',
  '１',
  '1e-400',
  '99999999999999999999',
  '0.1.2',
  'null',
  'true',
  'undefined',
  '',
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  'p(95)',
  '<',
  '<=',
  '%',
  'ms',
  'Σ',
  'İ',
  'ß',
  '🦖',
  'é',
  'e\u0301',
  '５００ms',
];

const snippet = fc.constantFrom(...SNIPPETS);
const anyText = fc.string({ unit: 'binary', maxLength: 12 });
const plain = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
/** Long runs are what patterns that backtrack choke on. */
const run = fc
  .tuple(
    fc.constantFrom(
      'a',
      ' ',
      '\n',
      '/',
      '.',
      '-',
      '[',
      '{',
      '"',
      '\\',
      '`',
      'T',
      '0',
      '_',
      '@',
      ':',
      '://',
      'a=',
      '<!',
      '${',
      '\t',
    ),
    fc.constantFrom(50, 500, 5_000),
  )
  .map(([piece, times]) => piece.repeat(times));

/** Text made to do harm, of any length up to some tens of thousands. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: snippet },
      { weight: 3, arbitrary: plain },
      { weight: 2, arbitrary: anyText },
      { weight: 1, arbitrary: run },
    ),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

/** Names and keys: mostly short. */
export const hostileKey: fc.Arbitrary<string> = fc.oneof(
  snippet,
  plain,
  fc.constantFrom('a', 'id', 'status', 'target', '0', '-1'),
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    0.5,
    1e21,
    1e-7,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    2 ** 31,
    2 ** 53,
    8.64e15,
    8.64e15 + 1,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

/** Any JSON, with keys and texts made to do harm; `__proto__` is a key of its own, as JSON.parse makes it. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  leaf: fc.oneof(
    { weight: 4, arbitrary: hostileText },
    { weight: 3, arbitrary: hostileNumber },
    fc.constantFrom(null, true, false, {}, []),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  record: fc
    .array(fc.tuple(hostileKey, tie('value')), { maxLength: 4 })
    .map((entries) => JSON.parse(jsonObject(entries)) as unknown),
  deep: fc.tuple(fc.constantFrom(10, 100, 1_000), fc.boolean()).map(([depth, list]) => nested(depth, list)),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 12, arbitrary: tie('leaf') },
    { weight: 3, arbitrary: tie('list') },
    { weight: 5, arbitrary: tie('record') },
    { weight: 1, arbitrary: tie('deep') },
  ),
})).value;

function jsonObject(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`;
}

function nested(depth: number, list: boolean): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level++) value = list ? [value] : { a: value };
  return value;
}

/** Something valid with a few places changed: what comes furthest into the code. */
export function mutated<Value>(valid: readonly Value[], changes = 4): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.nat(),
    what: fc.constantFrom('replace', 'replace', 'replace', 'text', 'text', 'text', 'remove', 'add', 'double'),
    key: hostileKey,
    value: hostileJson,
    text: hostileText,
  });
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(change, { maxLength: changes }))
    .map(([value, list]) => {
      const copy = JSON.parse(JSON.stringify(value)) as unknown;
      const holder = { root: copy };
      for (const one of list) applyChange(holder, one);
      return holder.root;
    });
}

interface Change {
  readonly at: number;
  readonly what: string;
  readonly key: string;
  readonly value: unknown;
  readonly text: string;
}

function applyChange(holder: { root: unknown }, { at, what, key, value, text }: Change): void {
  const all = places(holder);
  // Texts change into texts most of the time: another type is refused at the door.
  const texts = all.filter(
    ({ owner, key: own }) => typeof (owner as Record<PropertyKey, unknown>)[own] === 'string',
  );
  const some = what === 'text' && texts.length > 0 ? texts : all;
  const place = some[at % some.length];
  if (!place) return;
  const owner = place.owner as Record<PropertyKey, unknown>;
  if (what === 'remove' && !Array.isArray(owner)) Reflect.deleteProperty(owner, place.key);
  else if (what === 'add') {
    const target = owner[place.key];
    const into = (typeof target === 'object' && target !== null ? target : owner) as Record<string, unknown>;
    if (Array.isArray(into)) into.push(value);
    // As JSON.parse would: an own key, whatever its name.
    else Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
  } else if (what === 'double' && Array.isArray(owner)) owner.push(structuredClone(owner[Number(place.key)]));
  else if (what === 'text') owner[place.key] = text;
  else owner[place.key] = value;
}

function places(root: object): { owner: object; key: PropertyKey }[] {
  const found: { owner: object; key: PropertyKey }[] = [];
  const open: object[] = [root];
  while (open.length > 0 && found.length < 5_000) {
    const owner = open.pop();
    if (owner === undefined) break;
    for (const key of Object.keys(owner)) {
      found.push({ owner, key });
      const value = (owner as Record<string, unknown>)[key];
      if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
  return found;
}

/** Text with a few places overwritten, cut out or doubled: near enough to a grammar to get into it. */
export function mutatedText(valid: readonly string[], changes = 4): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 8 }),
    text: fc.oneof(hostileText, plain),
    double: fc.boolean(),
  });
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(change, { maxLength: changes }))
    .map(([start, list]) => {
      let text = start;
      for (const { at, length, text: put, double } of list) {
        const from = text.length === 0 ? 0 : at % (text.length + 1);
        text = `${text.slice(0, from)}${double ? text.slice(from, from + length) : put}${text.slice(from + (double ? 0 : length))}`;
      }
      return text;
    });
}
