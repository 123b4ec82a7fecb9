import { describe, expect, test } from 'vitest';
import { refusedRedirect } from '../../../../src/verify/http/redirect-address.ts';

describe('a redirect never leads closer to the runner than its target', () => {
  const names: Record<string, string[]> = {
    'api.example.com': ['203.0.113.7'],
    'metadata.internal': ['169.254.169.254'],
    'inside.example': ['10.1.2.3'],
    'both.example': ['203.0.113.7', '127.0.0.1'],
  };
  const check = (from: string, to: string) =>
    refusedRedirect(new URL(from), new URL(to), async (name) => names[name] ?? []);

  test.each([
    ['https://api.example.com', 'http://169.254.169.254/latest'],
    ['https://api.example.com', 'http://[::ffff:169.254.169.254]/'],
    ['https://api.example.com', 'http://metadata.internal/'],
    ['https://api.example.com', 'http://127.0.0.1:27017'],
    ['https://api.example.com', 'http://localhost:9200'],
    ['https://api.example.com', 'http://both.example'],
    ['https://api.example.com', 'http://2130706433'],
    ['https://api.example.com', 'http://10.0.0.1'],
    ['http://10.0.0.1', 'http://169.254.169.254'],
    ['http://inside.example', 'http://localhost'],
    ['http://127.0.0.1', 'http://[fe80::1]'],
  ])('%s → %s is refused', async (from, to) => {
    expect(await check(from, to)).toMatch(/link-local|loopback|private/);
  });

  test.each([
    ['https://api.example.com', 'https://other.example'],
    ['https://api.example.com', 'https://api.example.com:8443'],
    ['http://10.0.0.1', 'http://inside.example'],
    ['http://127.0.0.1:1', 'http://localhost:2'],
    ['http://localhost', 'https://api.example.com'],
  ])('%s → %s is followed', async (from, to) => {
    expect(await check(from, to)).toBeUndefined();
  });
});
