import { promisify } from 'node:util';
import type { InputType } from 'node:zlib';

/** The answer's content encoding is not one that can be decoded. */
export class UnknownEncodingError extends Error {
  override readonly name = 'UnknownEncodingError';
}

/** The body is not what its content encoding says. */
export class BrokenEncodingError extends Error {
  override readonly name = 'BrokenEncodingError';
}

/** The decoded body is larger than allowed. */
export class DecodedTooLargeError extends Error {
  override readonly name = 'DecodedTooLargeError';
}

type Decode = (body: InputType, options: { maxOutputLength: number }) => Promise<Buffer>;

/** The encodings that a `Content-Encoding` header names, outermost last; empty if the body stands as it is. */
export function encodingsOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '' && encoding !== 'identity');
}

/**
 * Undoes the content encodings of a body (RFC 9110, 8.4).
 * @param limit most bytes of the decoded body; a bomb is stopped there
 * @throws UnknownEncodingError, BrokenEncodingError, DecodedTooLargeError
 */
export async function decodeBody(body: Buffer, encodings: readonly string[], limit: number): Promise<Buffer> {
  let decoded = body;
  for (const encoding of [...encodings].reverse()) {
    const decode = decoderOf(encoding);
    if (!decode)
      throw new UnknownEncodingError(
        `the answer is encoded as '${encoding.slice(0, 40)}', which cannot be decoded`,
      );
    try {
      decoded = await decode(decoded, { maxOutputLength: limit });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw new DecodedTooLargeError(`the decoded answer is larger than ${limit} bytes`);
      }
      throw new BrokenEncodingError(`the answer is not valid ${encoding}, as its Content-Encoding says`, {
        cause: error,
      });
    }
  }
  return decoded;
}

function decoderOf(encoding: string): Decode | undefined {
  // Loaded only for an answer that is encoded: zlib with zstd takes a millisecond of the start.
  const zlib = process.getBuiltinModule('node:zlib');
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return promisify(zlib.gunzip) as Decode;
    case 'deflate':
      // Some servers send the bare stream without zlib's header, and browsers accept both.
      return async (body, options) => {
        const first = (body as Buffer)[0] ?? 0;
        const wrapped = (first & 0x0f) === 8;
        return (promisify(wrapped ? zlib.inflate : zlib.inflateRaw) as Decode)(body, options);
      };
    case 'br':
      return promisify(zlib.brotliDecompress) as Decode;
    case 'zstd':
      return typeof zlib.zstdDecompress === 'function'
        ? (promisify(zlib.zstdDecompress) as Decode)
        : undefined;
    default:
      return undefined;
  }
}
