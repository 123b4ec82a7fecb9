import { messageOf } from '../../../support/errors.ts';
import { httpRequest } from '../../../support/http-request.ts';
import { proxyAgent } from '../../../support/proxy-agent.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
}

/** More of an answer than this is not read: what matters stands at its start. */
const LARGEST_BODY = 64 * 1024;

/** Sends bodies to the services that take alerts; knows proxies, follows no redirects. */
export class HttpSender {
  readonly #agent = proxyAgent({ connections: 8 });

  /**
   * @throws Error in words where there was no answer; the address is left out, it may be a secret.
   */
  async post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    try {
      const answer = await httpRequest(this.#agent, url, { method: 'POST', body, headers, signal });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= LARGEST_BODY) break;
      }
      return {
        status: answer.statusCode,
        body: Buffer.concat(chunks).subarray(0, LARGEST_BODY).toString('utf8'),
        header(name) {
          const value = answer.headers[name.toLowerCase()];
          return Array.isArray(value) ? value[0] : value;
        },
      };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new Error(`${new URL(url).host} could not be reached: ${messageOf(error)}`, { cause: undefined });
    }
  }

  async close(): Promise<void> {
    // Not `close`: a server that never answers must not hold the end of the run up.
    await this.#agent.destroy();
  }
}
