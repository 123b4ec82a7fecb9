import { type GenerateResult, generate } from 'selfsigned';

/** A certificate of `localhost` and 127.0.0.1, in PEM. Clients trust it by passing `cert` as their CA. */
export interface TestCertificate {
  key: string;
  cert: string;
}

const day = 24 * 60 * 60 * 1000;
let valid: Promise<TestCertificate> | undefined;

/** The certificate of this process, made on first use: no private key is kept in the repository. */
export function testCertificate(): Promise<TestCertificate> {
  valid ??= makeCertificate();
  return valid;
}

/**
 * @param validForMs from now on; negative for one that has run out
 */
export async function makeCertificate(validForMs = 30 * day): Promise<TestCertificate> {
  const made: GenerateResult = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    notBeforeDate: new Date(Math.min(Date.now(), Date.now() + validForMs) - day),
    notAfterDate: new Date(Date.now() + validForMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
