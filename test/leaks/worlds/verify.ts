import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAction } from '../../support/action.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { encoded, GUARD_SECRETS, INPUT_SECRETS, secretOf } from '../secrets.ts';
import {
  act,
  dropDatabases,
  environment,
  everyDocument,
  placesOf,
  quick,
  under,
  type World,
  withUser,
} from './ground.ts';

const GUARD_NAMES = Object.keys(GUARD_SECRETS);

const VERIFY_SECRETS = INPUT_SECRETS.filter((name) => !/slack|smtp|webhook/.test(name));

export const VERIFY_WORLDS: readonly World[] = [
  {
    name: 'verify, everything refused and said back',
    secrets: VERIFY_SECRETS,
    run: (ground) => {
      const { echo } = ground.servers;
      return act(ground, {
        ...quick,
        mode: 'verify',
        targets: `api=${withUser(echo, 'targets')}`,
        'control-target': withUser(echo, 'control-target'),
        'health-base-url': withUser(echo, 'health-base-url', '/base'),
        'prometheus-url': withUser(echo, 'prometheus-url', '/ok/metrics'),
        headers: `X-Api-Key: ${secretOf('headers')}\nCookie: session=${secretOf('headers-second')}`,
        'bearer-token': secretOf('bearer-token'),
        'expected-version': '1.2.3',
        'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300&tlsCertificateKeyFilePassword=${encoded('mongodb-uri')}`,
      });
    },
  },
  {
    name: 'verify by the guard file: versions, redirects, timeouts, TLS that fails',
    secrets: [...GUARD_NAMES, 'github-token'],
    run: (ground) => {
      const { echo } = ground.servers;
      const env = Object.fromEntries(GUARD_NAMES.map((name) => [name, secretOf(name)]));
      const at = (path: string) =>
        `${echo.replace('://', '://${GUARD_USER_PAIR}@')}${path}?key=\${GUARD_QUERY_VALUE}`;
      const headers = `headers: { X-Key: "\${GUARD_HEADER}", Cookie: "a=\${GUARD_HEADER_COOKIE}" }`;
      const guard = `targets:
  - "line=${echo}/ok?token=\${GUARD_LINE_VALUE}"
  - { name: version, url: "${at('/ok')}", ${headers}, version: { expected: "1" }, expect: { json: { /message: x }, headers: { x-said: { is: y } } } }
  - { name: redirected, url: "${at('/redirect')}", bearer-token: "\${GUARD_BEARER}", redirects: 3 }
  - { name: hanging, url: "${at('/hang')}", basic-auth: "user:\${GUARD_BASIC}" }
  - { name: tls, url: "${echo.replace('http:', 'https:')}/?u=\${GUARD_URL_VALUE}", ${headers} }
  - { name: posted, url: "${echo}/ok", method: POST, body: '{"password": "\${GUARD_BODY}"}', version: { expected: "1" } }
`;
      const urls = {
        GUARD_USER_PAIR: `user:${encoded('GUARD_TARGET_USER')}`,
        GUARD_QUERY_VALUE: encoded('GUARD_TARGET_QUERY'),
        GUARD_LINE_VALUE: encoded('GUARD_TARGET_LINE'),
        GUARD_URL_VALUE: encoded('GUARD_TARGET_URL'),
      };
      return act(ground, { ...quick, mode: 'verify' }, { guard, env: { ...env, ...urls } });
    },
  },
  {
    name: 'verify by the guard file of a pull request, which names every secret',
    secrets: [...GUARD_NAMES, 'headers', 'bearer-token', 'github-token'],
    run: (ground) => {
      const { echo } = ground.servers;
      const env = Object.fromEntries(GUARD_NAMES.map((name) => [name, secretOf(name)]));
      const leak = [...GUARD_NAMES, 'INPUT_HEADERS', 'INPUT_MONGODB_URI']
        .map((name) => `\${${name}}`)
        .join('/');
      return act(
        ground,
        {
          ...quick,
          mode: 'verify',
          'bearer-token': secretOf('bearer-token'),
          headers: `X-Key: ${secretOf('headers')}`,
        },
        {
          guard: `targets:\n  - { name: literal, url: "${echo}/ok?key=${encoded('GUARD_TARGET_QUERY')}", bearer-token: "${secretOf('GUARD_BEARER')}", method: POST }\n  - "leak=${echo}/${leak}"\n`,
          env,
          event: { name: 'pull_request', ref: 'refs/pull/7/merge', payload: { pull_request: { number: 7 } } },
        },
      );
    },
  },
  {
    name: 'verify through proxies that refuse and say back what they were sent',
    secrets: ['targets', 'targets-query', 'headers', 'HTTP_PROXY', 'HTTPS_PROXY'],
    run: (ground) => {
      const { proxy } = ground.servers;
      const through = (name: string) => proxy.replace('://', `://user:${encoded(name)}@`);
      return act(
        ground,
        {
          ...quick,
          mode: 'verify',
          targets: `plain=${withUser('http://service.example', 'targets')}\ntls=https://service.example/`,
          headers: `X-Api-Key: ${secretOf('headers')}`,
          'expected-version': '1',
          'expected-status': '200-599',
        },
        {
          env: {
            HTTP_PROXY: through('HTTP_PROXY'),
            HTTPS_PROXY: through('HTTPS_PROXY'),
            ALL_PROXY: through('ALL_PROXY'),
          },
        },
      );
    },
  },
  {
    name: 'verify records a baseline and compares with it, then the summary action merges both reports',
    secrets: ['targets', 'targets-query', 'headers', 'bearer-token'],
    run: async (ground) => {
      const { echo } = ground.servers;
      const database = freshDatabaseName('leaks');
      const inputs = {
        ...quick,
        mode: 'verify',
        targets: `api=${withUser(echo, 'targets', '/fine')}`,
        headers: `X-Api-Key: ${secretOf('headers')}`,
        'bearer-token': secretOf('bearer-token'),
        samples: '25',
        state: 'mongodb',
        'mongodb-uri': ground.mongoUri,
        'mongodb-database': database,
        'state-database': database,
        'wait-timeout': '3s',
      };
      try {
        const recorded = await act(ground, { ...inputs, baseline: 'record' });
        const compared = await act(ground, {
          ...inputs,
          baseline: 'compare',
          thresholds: 'http_req_duration: med<=+25%',
          'expected-version': '1.2.3',
        });
        const reports = join(ground.folder, 'given', 'reports');
        await mkdir(reports, { recursive: true });
        await writeFile(join(reports, 'one.json'), recorded.report ?? '');
        await writeFile(join(reports, 'two.json'), compared.report ?? '');
        const page = join(ground.folder, 'page.html');
        const history = join(ground.folder, 'history.json');
        const summary = await runAction({
          root: fileURLToPath(new URL('../../../summary', import.meta.url)),
          inputs: { reports, expected: 'production\nstaging', history, 'status-page': page },
          env: environment(),
        });
        return {
          ...under('record', recorded),
          ...under('compare', compared),
          ...under('summary', await placesOf(summary, ground.folder)),
          ...(await everyDocument(ground.mongoUri, database)),
        };
      } finally {
        await dropDatabases(ground.mongoUri, database);
      }
    },
  },
];
