/** The app meanwhile: gives one order another subscription. `node app-change.ts URI DATABASE ORDER SUBSCRIPTION` */
import { MongoClient, ObjectId } from 'mongodb';
import { PATIENT } from './shop.ts';

const [uri = '', database = '', order = '', subscription = ''] = process.argv.slice(2);
const client = new MongoClient(uri, PATIENT);
try {
  const { modifiedCount } = await client
    .db(database)
    .collection('orders')
    .updateOne({ _id: new ObjectId(order) }, { $set: { subscription_id: new ObjectId(subscription) } });
  process.exitCode = modifiedCount === 1 ? 0 : 1;
} finally {
  await client.close();
}
