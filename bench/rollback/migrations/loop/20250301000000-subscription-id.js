// STEP 19 as a migration of migrate-mongo, its `down` as it is written where each document is looked at.
export { up } from '../up.js';

export async function down(db) {
  const orders = db.collection('orders');
  for await (const { _id } of orders.find(
    { subscription_id: { $exists: true } },
    { projection: { _id: 1 } },
  )) {
    await orders.updateOne({ _id }, { $unset: { subscription_id: '' } });
  }
}
