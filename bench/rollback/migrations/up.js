/** Gives each subscription's first order its subscription; later orders got theirs from the app. */
export async function up(db) {
  for await (const { _id, order_id } of db.collection('subscriptions').find()) {
    await db.collection('orders').updateOne({ _id: order_id }, { $set: { subscription_id: _id } });
  }
}
