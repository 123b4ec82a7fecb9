import { expect, test } from 'vitest';
import { repositoryOfUrl } from '../../../../src/cli/doctor/repository.ts';

test.each([
  ['git@github.com:octo-org/shop.git', 'octo-org/shop'],
  ['https://github.com/octo-org/shop', 'octo-org/shop'],
  ['https://user:token@github.example.com/octo-org/shop.git', 'octo-org/shop'],
  ['ssh://git@github.com:22/octo-org/shop.git/', 'octo-org/shop'],
  ['nonsense', undefined],
])('%s → %s', (url, repository) => expect(repositoryOfUrl(url)).toBe(repository));
