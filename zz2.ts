import { MongoClient } from 'mongodb';
import { readFileSync } from 'node:fs';
import { seededDocuments } from './test/support/seed-data.ts';
import * as L from './bench/rollback/levels.ts';
const c = new MongoClient(readFileSync('/tmp/rb/uri','utf8'),{monitorCommands:true});
const agg: Record<string,{n:number,ms:number}> = {}; const name = new Map<number,string>();
c.on('commandStarted', e => name.set(e.requestId, `${e.databaseName.endsWith('_state')?'S':'D'}.${e.commandName}.${String(e.command[e.commandName]).slice(0,20)}`));
c.on('commandSucceeded', e => { const k = name.get(e.requestId) ?? '?'; const a = agg[k] ??= {n:0,ms:0}; a.n++; a.ms += e.duration; });
const N = Number(process.argv[2] ?? 50000);
const db = c.db('zzb'), st = c.db('zzb_state');
for (const w of process.argv.slice(3)) {
  await db.dropDatabase(); await st.dropDatabase();
  let b: never[] = []; for (const o of seededDocuments('orders',{orders:N,seed:7})) { b.push(o as never); if (b.length===2000) { await db.collection('orders').insertMany(b); b=[]; } }
  for (const k in agg) delete agg[k];
  const t = performance.now();
  await ({ product: L.product('never'), l4: L.sequentialJournal })[w as 'l4'](c, db, st);
  console.log(w, Math.round(performance.now()-t)); for (const [k,a] of Object.entries(agg)) if (a.ms>20) console.log('  ',k,a.n,a.ms,'ms', (a.ms/a.n).toFixed(1));
}
await c.close();
