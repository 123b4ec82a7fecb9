import { MongoClient } from 'mongodb';
import { freshDatabaseName } from '../../support/mongo.ts';
import { seedDatabase } from '../../support/seed-data.ts';
import { encoded } from '../secrets.ts';
import { act, dropDatabases, everyDocument, type Places, under, type World } from './ground.ts';

export const ROLLBACK_WORLDS: readonly World[] = [
  {
    name: 'rollback: plan on a pull request, apply, status, history, restore, unlock, on a real database',
    secrets: ['github-token'],
    run: async (ground) => {
      const { accepts, bodies } = ground.servers;
      const database = freshDatabaseName('shop');
      const state = freshDatabaseName('guard');
      const client = new MongoClient(ground.mongoUri);
      await seedDatabase(client.db(database), { orders: 60, seed: 1 });
      await client.close();
      bodies.clear();
      const inputs = {
        mode: 'rollback',
        'mongodb-uri': ground.mongoUri,
        'mongodb-database': database,
        'state-database': state,
        environment: 'production',
      };
      const places: Places = {};
      try {
        Object.assign(
          places,
          under(
            'plan',
            await act(
              ground,
              { ...inputs, operation: 'plan', steps: '19,20' },
              {
                api: accepts,
                event: {
                  name: 'pull_request',
                  ref: 'refs/pull/7/merge',
                  payload: { pull_request: { number: 7 } },
                },
              },
            ),
          ),
        );
        places['pull request comment'] = (bodies.get('github') ?? []).join('\n');
        for (const [operation, more] of [
          ['apply', { steps: '19' }],
          ['status', {}],
          ['history', {}],
          ['restore', {}],
          ['unlock', { confirm: 'x' }],
          ['resume', {}],
          ['purge', {}],
        ] as const) {
          Object.assign(
            places,
            under(operation, await act(ground, { ...inputs, operation, ...more }, { api: accepts })),
          );
        }
        Object.assign(
          places,
          under('refused', await act(ground, { ...inputs, operation: 'apply', steps: '19' })),
        );
        return { ...places, ...(await everyDocument(ground.mongoUri, state)) };
      } finally {
        await dropDatabases(ground.mongoUri, database, state);
      }
    },
  },
  {
    name: 'rollback, with a database that does not answer',
    secrets: ['mongodb-uri', 'github-token'],
    run: (ground) =>
      act(ground, {
        mode: 'rollback',
        operation: 'apply',
        steps: '19',
        'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300&proxyHost=127.0.0.1&proxyPort=1&proxyUsername=u&proxyPassword=${encoded('mongodb-uri')}`,
      }),
  },
];
