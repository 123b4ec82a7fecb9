import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoded, secretOf } from '../secrets.ts';
import { act, quick, under, type World } from './ground.ts';

export const FAULT_WORLDS: readonly World[] = [
  {
    name: 'bad input beside every secret',
    secrets: [
      'targets',
      'headers',
      'mongodb-uri',
      'slack-webhook-url',
      'smtp-url',
      'webhook-url',
      'GUARD_BEARER',
    ],
    run: async (ground) => ({
      ...(await act(
        ground,
        {
          mode: 'verify',
          targets: `no url ${encoded('targets')}\nftp://user:${encoded('targets')}@host/`,
          headers: `not a header ${secretOf('headers')}`,
          'mongodb-uri': `mongodb://app:${secretOf('mongodb-uri')}@@host/shop`,
          samples: 'many',
        },
        {
          guard: 'targets:\n  - { url: "${GUARD_BEARER}", bearer-token: "${GUARD_BEARER}", wrong: 1 }\n',
          env: { GUARD_BEARER: secretOf('GUARD_BEARER') },
        },
      )),
      ...under(
        'alert',
        await act(ground, {
          mode: 'alert',
          title: 'x',
          'slack-webhook-url': `ftp://${secretOf('slack-webhook-url')}`,
          'smtp-url': `smtp://user:${secretOf('smtp-url')}@`,
          'webhook-url': `x:${secretOf('webhook-url')}`,
          'slack-token': secretOf('slack-token'),
        }),
      ),
      ...under(
        'unset',
        await act(
          ground,
          { ...quick, mode: 'verify', 'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1` },
          {
            guard:
              'targets:\n  - { url: "https://a.example/${MISSING}", headers: { a: "${GUARD_HEADER}\\n" } }\n',
            env: { GUARD_HEADER: `${secretOf('GUARD_HEADER')}\u0001` },
          },
        ),
      ),
    }),
  },
  {
    name: 'a fault in the background: an error that nobody awaits, with the connection string in it',
    secrets: ['mongodb-uri'],
    run: async (ground) => {
      const given = join(ground.folder, 'given');
      await mkdir(given, { recursive: true });
      const fault = join(given, 'fault.mjs');
      await writeFile(
        fault,
        `setTimeout(() => { Promise.reject(new Error('lost ' + process.env['INPUT_MONGODB-URI'] + '\\n::error::forged')); }, 600);\n`,
      );
      return act(
        ground,
        {
          ...quick,
          mode: 'verify',
          targets: `${ground.servers.echo}/hang`,
          'initial-delay': '5s',
          'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop`,
        },
        { env: { NODE_OPTIONS: `--import ${fault}` } },
      );
    },
  },
];
