'use strict';
/*
 * The bench's peer: the same job as a good engineer would write it as a Node
 * service.  Five batches at once; per batch one GET, one transaction with one
 * upsert of unnested arrays (and one insert of the crawl errors), and the
 * acknowledgement after the commit.  It analyses nothing: every analysed
 * column is a constant, which makes it faster than a peer that did the work.
 *
 *   node peer.js BATCHES
 *
 * ends after so many batches and prints
 *
 *   items=N posts=N errors=N seconds=S items_per_s=R cpu_s=C
 *
 * the time counted from the first delivery to the last commit.  Settings come
 * from the environment: AMQP_URL, QUEUE, S3_ENDPOINT with S3_ACCESS_KEY,
 * S3_SECRET_KEY and S3_REGION, or STORE_FOLDER instead; PGHOST and its like;
 * CONCURRENCY (5), SCHEMA (peer).
 *
 * It makes its tables anew, with the columns, types and keys of the
 * extension's, which must be installed in the same database.
 */
const amqp = require('amqplib');
const { Pool } = require('pg');

const { openStore } = require('./store');
const { decode, loadDecoder } = require('./batch');
const { createTables, writeBatch } = require('./tables');

const CONCURRENCY = Number(process.env.CONCURRENCY || 5);
const QUEUE = process.env.QUEUE || 'analytics.data.collected';

async function processMessage(message, store, pool) {
  const event = JSON.parse(message.content.toString());
  const object = await store.get(event.payload.minio_path);
  const batch = decode(object, event);
  await writeBatch(pool, batch);
  return batch;
}

function report(totals) {
  const seconds = Number(totals.finished - totals.started) / 1e9;
  const cpu = process.cpuUsage(totals.cpu);
  console.log(
    `items=${totals.posts + totals.errors} posts=${totals.posts} errors=${totals.errors} ` +
      `seconds=${seconds.toFixed(3)} items_per_s=${Math.round((totals.posts + totals.errors) / seconds)} ` +
      `cpu_s=${((cpu.user + cpu.system) / 1e6).toFixed(2)}`
  );
}

async function consume(wanted, store, pool) {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createChannel();
  const totals = { batches: 0, posts: 0, errors: 0 };

  await channel.prefetch(CONCURRENCY);
  await new Promise((resolve, reject) => {
    const take = async (message) => {
      totals.started ??= process.hrtime.bigint();
      totals.cpu ??= process.cpuUsage();
      const batch = await processMessage(message, store, pool);
      channel.ack(message);
      totals.posts += batch.posts.length;
      totals.errors += batch.errors.length;
      totals.finished = process.hrtime.bigint();
      if (++totals.batches === wanted) resolve();
    };
    connection.on('error', reject);
    channel.on('error', reject);
    channel.consume(QUEUE, (message) => take(message).catch(reject)).catch(reject);
  });
  await channel.close();
  await connection.close();
  return totals;
}

async function main() {
  const wanted = Number(process.argv[2]);
  if (!(wanted > 0)) throw new Error('usage: node peer.js BATCHES');
  const pool = new Pool({ max: CONCURRENCY });
  await loadDecoder();
  await createTables(pool);
  const store = openStore();
  report(await consume(wanted, store, pool));
  store.close();
  await pool.end();
}

main().catch((error) => {
  console.error(`peer: ${error.message}`);
  process.exit(1);
});
