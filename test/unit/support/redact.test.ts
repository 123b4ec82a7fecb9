import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor, redactUserInfo } from '../../../src/support/redact.ts';
import { secretForms, secretsOfUri, secretsOfUrl } from '../../../src/support/secret-forms.ts';

describe('Redactor', () => {
  const secret = 'p@ss/w0rd+"x';
  const redactor = new Redactor([secret]);

  test.each([
    ['raw', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['inside JSON', JSON.stringify({ a: secret })],
    ['Base64', Buffer.from(secret).toString('base64')],
    ['Base64 behind one byte', Buffer.from(`a${secret}`).toString('base64')],
    ['Base64 behind two bytes', Buffer.from(`ab${secret}`).toString('base64')],
    ['Base64 inside a Basic header', Buffer.from(`user:${secret}@somewhere`).toString('base64')],
  ])('takes a secret out: %s', (_form, text) => {
    const redacted = redactor.redact(`before ${text} after`);
    expect(redacted).toContain('***');
    expect(redacted).not.toContain(text);
    expect(redacted).not.toContain(secret);
    expect(redacted.startsWith('before ')).toBe(true);
    expect(redacted.endsWith(' after')).toBe(true);
  });

  test('a longer secret that contains another is replaced as a whole', () => {
    expect(new Redactor(['secret-1', 'secret-12345']).redact('secret-12345')).toBe('***');
  });

  // A regular expression is not made of 20,000 characters: the error held the secret, and nothing was redacted.
  test.each([1_000, 1_001, 20_000, 100_000])(
    'a secret of %i characters is taken out as any other',
    (length) => {
      const long = 'k/'.repeat(length / 2).padEnd(length, 'x');
      const redactor = new Redactor([long, 'short-secret']);
      const text = redactor.redact(
        `a ${long} b ${encodeURIComponent(long)} c ${JSON.stringify(long)} short-secret d`,
      );
      expect(text).toBe('a *** b *** c "***" *** d');
      expect(redactor.redact(`${long.slice(0, 50)}…`)).toBe('***…');
      expect(new Redactor([long]).redact('nothing of it')).toBe('nothing of it');
    },
  );

  test('leaves short and common strings alone, which would blank the log', () => {
    const plain = new Redactor(['root', 'ab', '', '   ', 'production', 'localhost']);
    expect(plain.needles).toEqual([]);
    expect(plain.redact('root on production')).toBe('root on production');
  });

  test('takes each line of a secret of several lines out', () => {
    expect(new Redactor(['first-line\nsecond-line']).redact('a second-line b')).toBe('a *** b');
  });

  test('the beginning of a secret at the end of a cut text is replaced', () => {
    const cut = new Redactor([
      'hunter2-hunter2-hunter2',
      'https://hooks.example/services/T0/abcdefghijklmnop',
    ]);
    expect(cut.redact('said "hunter2-hun…" and more')).toBe('said "***…" and more');
    expect(cut.redact('POST https://hooks.example/serv… failed')).toBe('POST ***… failed');
    expect(cut.redact('see https://other… and hunt…')).toBe('see https://other… and hunt…');
  });

  test('walks data, keys too, and leaves what is no text', () => {
    expect(redactor.redactData({ [secret]: [secret, 1, null, true] })).toEqual({
      '***': ['***', 1, null, true],
    });
  });

  test('property: no form of any secret is left in any text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 40 }).filter((text) => secretForms(text).length > 0),
        fc.string(),
        fc.string(),
        (needle, before, after) => {
          const found = new Redactor([needle]);
          const trimmed = needle.trim();
          for (const form of [trimmed, encodeURIComponent(trimmed), JSON.stringify(trimmed).slice(1, -1)]) {
            expect(found.redact(`${before} ${form} ${after}`)).not.toContain(` ${form} `);
          }
        },
      ),
    );
  });
});

describe('URIs', () => {
  test('of a connection string that is not well encoded every part is masked as it was written', () => {
    const redactor = new Redactor(secretsOfUri('mongodb://app:%zz-secret@db.example/shop'));
    const basic = Buffer.from('app:%zz-secret').toString('base64');
    for (const text of ['%zz-secret', 'app:%zz-secret', basic])
      expect(redactor.redact(`said ${text} to`)).toBe('said *** to');
  });

  test('the password of a MongoDB URI is a secret as written and decoded, alone and in the pair', () => {
    const redactor = new Redactor(secretsOfUri('mongodb://app:s%40cret-pw@db.example:27017/shop?x=1'));
    for (const text of [
      's%40cret-pw',
      's@cret-pw',
      'app:s%40cret-pw',
      Buffer.from('app:s@cret-pw').toString('base64'),
    ]) {
      expect(redactor.redact(`: ${text} :`)).toBe(': *** :');
    }
    expect(redactor.redact('db.example:27017')).toBe('db.example:27017');
  });

  test('a webhook is a secret in its path and query too, because servers repeat those', () => {
    const webhook = new Redactor(
      secretsOfUrl('https://hooks.example/services/T01/B02/tokentokentoken12?sig=sigsig%2B1&a='),
    );
    for (const text of [
      '/services/T01/B02/tokentokentoken12',
      'tokentokentoken12',
      'sigsig%2B1',
      'sigsig+1',
    ]) {
      expect(webhook.redact(`<${text}>`)).toBe('<***>');
    }
    expect(webhook.redact('hooks.example /services/')).toBe('hooks.example /services/');
  });

  test('user info of a URI is replaced even if it was not given as a secret', () => {
    expect(redactUserInfo('see smtp+starttls://u:p@host:587/x and https://ok.example/a@b')).toBe(
      'see smtp+starttls://***@host:587/x and https://ok.example/a@b',
    );
  });

  test('redacting long hostile text takes no more than linear time', () => {
    const started = performance.now();
    redactUserInfo(`${'a://'.repeat(50_000)}`);
    redactUserInfo(`a://${'b'.repeat(500_000)}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test.each([
  ['PHP’s JSON', (text: string) => JSON.stringify(text).replaceAll('/', '\\/')],
  [
    'Go’s JSON',
    (text: string) =>
      JSON.stringify(text).replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`),
  ],
  [
    'a page',
    (text: string) =>
      text
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;')
        .replace(/'/g, '&#39;'),
  ],
  [
    'lower-case escapes',
    (text: string) => encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  ],
  ['hex', (text: string) => Buffer.from(text).toString('hex')],
])('a secret is redacted in the form of %s', (_name, write) => {
  const secret = `p&s<w>/"x'y+z0123`;
  expect(new Redactor([secret]).redact(`a ${write(secret)} b`)).not.toContain(write(secret).slice(1, -1));
});

test('secret options of a connection string are masked', () => {
  const secrets = secretsOfUri(
    'mongodb://h/x?proxyPassword=pr0xy-pw&replicaSet=shop&authMechanismProperties=AWS_SESSION_TOKEN:t0ken-t0ken',
  );
  expect(secrets).toEqual(expect.arrayContaining(['pr0xy-pw', 't0ken-t0ken']));
  expect(secrets).not.toContain('shop');
});
