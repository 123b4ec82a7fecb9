import { ConfigurationError } from '../../src/support/errors.ts';

/** What a configuration error says; any other end is an error. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}
