import type { MongoClient, ServerHeartbeatFailedEvent } from 'mongodb';
import { withLimit } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import type { Retry } from './retry.ts';

/** From the start of a run until a server that never answers ends it. */
const REACH_LIMIT_MS = 28_000;

/** Faults of the connection string, which no waiting heals: the certificate of the server, or the file that names its CA. */
const TRUST_FAULTS: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ENOENT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const AUTHENTICATION_FAILED = 18;

/** The database cannot be used as the connection string says; trying again does not help. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * Connects and asks the first question. A passing trouble is tried again, a wrong certificate or login ends at once,
 * and a server that does not answer at all ends after 28 s.
 * @throws Unreachable with what to look at
 */
export async function reach<T>(client: MongoClient, retry: Retry, first: () => Promise<T>): Promise<T> {
  const distrusted = distrust(client);
  try {
    const work = retry('reach the database', async () => {
      // A client whose first connection failed answers "Topology is closed" until it connects again.
      await client.connect();
      return first();
    });
    return await withLimit(Promise.race([work, distrusted.fault]), REACH_LIMIT_MS);
  } catch (error) {
    throw explained(error);
  } finally {
    distrusted.stop();
  }
}

/** Rejects once every host of the connection string was met with a certificate that is not trusted. */
function distrust(client: MongoClient): { fault: Promise<never>; stop(): void } {
  const met = new Set<string>();
  const hosts = Math.max(1, client.options.hosts.length);
  let stop = () => {};
  const fault = new Promise<never>((_resolve, reject) => {
    const watch = ({ connectionId, failure }: ServerHeartbeatFailedEvent) => {
      const code = trustFault(failure);
      if (code === undefined) return;
      met.add(connectionId);
      if (met.size < hosts) return;
      reject(
        new Unreachable(
          `the server's certificate cannot be trusted (${code}): name the CA of the server with \`tlsCAFile\` in \`mongodb-uri\`, and the host by the name in its certificate`,
          { cause: failure },
        ),
      );
    };
    client.on('serverHeartbeatFailed', watch);
    stop = () => client.off('serverHeartbeatFailed', watch);
  });
  fault.catch(() => {});
  return { fault, stop: () => stop() };
}

/** The code of a fault of trust, wherever in an error's causes; pure. */
function trustFault(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && TRUST_FAULTS.has(code)) return code;
  }
  return undefined;
}

function explained(error: unknown): unknown {
  if ((error as { code?: unknown })?.code !== AUTHENTICATION_FAILED) return error;
  return new Unreachable(
    `the server refused the login (${messageOf(error)}): check user and password in \`mongodb-uri\` (with special characters percent-encoded), and the database that holds the user (\`authSource=admin\` for most)`,
    { cause: error },
  );
}
