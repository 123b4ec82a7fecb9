import { MongoClient } from 'mongodb';
import { readFileSync } from 'node:fs';
import { seededDocuments } from './test/support/seed-data.ts';
import * as L from './bench/rollback/levels.ts';
const c = new MongoClient(readFileSync('/tmp/rb/uri','utf8'));
const N = Number(process.argv[2] ?? 50000);
const which = process.argv.slice(3);
for (const w of which) {
  const db = c.db('zzb'), st = c.db('zzb_state'); await db.dropDatabase(); await st.dropDatabase();
  let b: never[] = []; for (const o of seededDocuments('orders',{orders:N,seed:7})) { b.push(o as never); if (b.length===2000) { await db.collection('orders').insertMany(b); b=[]; } }
  const matched = await db.collection('orders').countDocuments({subscription_id:{$exists:true}});
  const cpu = process.cpuUsage(); const t = performance.now();
  const f = { product: L.product('never'), l1: L.updateMany, l3: L.rawBulkWrite, l4: L.sequentialJournal, l5: L.loop }[w]!;
  await f(c, db, st);
  const u = process.cpuUsage(cpu); const ms = performance.now()-t;
  console.log(w, matched, Math.round(ms), 'ms', (ms*1000/matched).toFixed(1),'us/doc; node cpu', Math.round((u.user+u.system)/1000), 'ms');
}
await c.close();
