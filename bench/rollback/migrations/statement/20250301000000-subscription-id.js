// STEP 19 as a migration of migrate-mongo, its `down` as it is usually written: one statement.
export { up } from '../up.js';

export async function down(db) {
  await db
    .collection('orders')
    .updateMany({ subscription_id: { $exists: true } }, { $unset: { subscription_id: '' } });
}
