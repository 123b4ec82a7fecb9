import { describe, expect, test } from 'vitest';
import { withoutPersonal } from '../../../src/support/personal.ts';

describe('what may be about a person is replaced by its kind', () => {
  test.each([
    ['ann@example.com', '*** (e-mail)'],
    ['mailto:ann@example.com', '*** (e-mail)'],
    ['4111111111111111', '*** (card number)'],
    ['4111 1111 1111 1111', '*** (card number)'],
    ['+91 98765 43210', '*** (number of digits)'],
    ['9876543210', '*** (number of digits)'],
    ['123-45-6789', '*** (number of digits)'],
    ['DE89370400440532013000', '*** (IBAN)'],
    ['Ann Smith', '*** (text)'],
    ['called on Monday, wants a refund', '*** (text)'],
    ['Zoë', '*** (text)'],
  ])('%s', (text, shown) => expect(withoutPersonal(text)).toBe(shown));
});

describe('codes and ids are shown', () => {
  test.each([
    'PENDING',
    'one_time',
    'sub_000123',
    '507f1f77bcf86cd799439011',
    '0b6a1b8e-6f3c-4e0e-9f6a-2d1b0c9d8e7f',
    '2026-01-31',
    '/api/v1/orders',
    '42',
    '',
  ])('%j', (text) => expect(withoutPersonal(text)).toBe(text));
});
