'use strict';
/*
 * Latency of single batches on an idle system, from publishing to visible.
 *
 *   node latency.js EVENTS.jsonl COUNT
 *
 * Publishes one event, asks the database every millisecond whether the batch
 * is in the ledger, and goes on to the next one once it is; between two there
 * is a pause of 20 to 60 ms.  The time runs from the call that publishes to
 * the answer that shows the row, on this process's own monotonic clock, so it
 * includes the question itself and up to a millisecond of waiting.
 *
 * Prints: count=N p50_ms=X p90_ms=X p99_ms=X max_ms=X
 *
 * Reads AMQP_URL, EXCHANGE, ROUTING_KEY, and PGHOST and its like.
 */
const fs = require('fs');
const amqp = require('amqplib');
const { Client } = require('pg');

const LIMIT_MS = 10000;
const IS_THERE = { name: 'there', text: 'SELECT 1 FROM analytics.batches WHERE key = $1' };

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilVisible(database, key, started) {
  for (;;) {
    const { rowCount } = await database.query({ ...IS_THERE, values: [key] });
    const elapsed = performance.now() - started;
    if (rowCount > 0) return elapsed;
    if (elapsed > LIMIT_MS) throw new Error(`batch "${key}" is not there after ${LIMIT_MS} ms`);
    await sleep(1);
  }
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)].toFixed(2);
}

async function measure(lines, channel, database) {
  const times = [];
  for (const [index, line] of lines.entries()) {
    await sleep(20 + ((index * 7) % 41));
    const started = performance.now();
    channel.publish(process.env.EXCHANGE, process.env.ROUTING_KEY, Buffer.from(line), {
      contentType: 'application/json',
      persistent: true,
    });
    times.push(await untilVisible(database, JSON.parse(line).event_id, started));
  }
  return times.sort((a, b) => a - b);
}

async function main() {
  const [file, count] = process.argv.slice(2);
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(0, Number(count));
  const connection = await amqp.connect(process.env.AMQP_URL, { noDelay: true });
  const channel = await connection.createChannel();
  const database = new Client();
  await database.connect();
  const times = await measure(lines, channel, database);
  console.log(
    `count=${times.length} p50_ms=${percentile(times, 0.5)} p90_ms=${percentile(times, 0.9)} ` +
      `p99_ms=${percentile(times, 0.99)} max_ms=${times[times.length - 1].toFixed(2)}`
  );
  await connection.close();
  await database.end();
}

main().catch((error) => {
  console.error(`latency: ${error.message}`);
  process.exit(1);
});
