'use strict';
/*
 * The peer's tables, copies of the extension's, and its two statements: each
 * takes one array a column, so that a batch is one round trip a table.
 */
const SCHEMA = process.env.SCHEMA || 'peer';

const POST_COLUMNS = {
  id: 'text', project_id: 'text', platform: 'text', published_at: 'timestamptz',
  analyzed_at: 'timestamptz', overall_sentiment: 'text', overall_sentiment_score: 'float8',
  overall_confidence: 'float8', primary_intent: 'text', intent_confidence: 'float8',
  impact_score: 'float8', risk_level: 'text', is_viral: 'bool', is_kol: 'bool',
  aspects_breakdown: 'jsonb', keywords: 'jsonb', sentiment_probabilities: 'jsonb',
  impact_breakdown: 'jsonb', view_count: 'int8', like_count: 'int8', comment_count: 'int8',
  share_count: 'int8', save_count: 'int8', follower_count: 'int8', processing_time_ms: 'float8',
  model_version: 'text', job_id: 'text', batch_index: 'int8', task_type: 'text',
  keyword_source: 'text', crawled_at: 'timestamptz', pipeline_version: 'text', fetch_status: 'text',
  fetch_error: 'text', error_code: 'text', error_details: 'jsonb', subject: 'text',
  permalink: 'text', author_username: 'text', event_id: 'text',
};

const ERROR_COLUMNS = {
  content_id: 'text', project_id: 'text', job_id: 'text', platform: 'text', error_code: 'text',
  error_category: 'text', error_message: 'text', error_details: 'jsonb', permalink: 'text',
  event_id: 'text', item_index: 'int4',
};

function insertText(table, columns) {
  const names = Object.keys(columns);
  const arrays = names.map((name, i) => `$${i + 1}::${columns[name]}[]`);
  return `INSERT INTO ${SCHEMA}.${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`;
}

function upsertText() {
  const changed = Object.keys(POST_COLUMNS).filter((name) => name !== 'id' && name !== 'project_id');
  return (
    `${insertText('post_analytics', POST_COLUMNS)} AS new ON CONFLICT (id, project_id) DO UPDATE SET ` +
    changed.map((name) => `${name} = excluded.${name}`).join(', ') +
    ' WHERE (excluded.crawled_at, excluded.event_id) >= (post_analytics.crawled_at, post_analytics.event_id)'
  );
}

const UPSERT_POSTS = { name: 'posts', text: upsertText() };
const INSERT_ERRORS = { name: 'errors', text: insertText('crawl_errors', ERROR_COLUMNS) };

const arraysOf = (rows, columns) => Object.keys(columns).map((name) => rows.map((row) => row[name]));

async function createTables(pool) {
  await pool.query(`
    DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE;
    CREATE SCHEMA ${SCHEMA};
    CREATE TABLE ${SCHEMA}.post_analytics (LIKE analytics.post_analytics INCLUDING ALL);
    CREATE TABLE ${SCHEMA}.crawl_errors (LIKE analytics.crawl_errors INCLUDING ALL)`);
}

async function writeBatch(pool, batch) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    if (batch.posts.length > 0) {
      await client.query({ ...UPSERT_POSTS, values: arraysOf(batch.posts, POST_COLUMNS) });
    }
    if (batch.errors.length > 0) {
      await client.query({ ...INSERT_ERRORS, values: arraysOf(batch.errors, ERROR_COLUMNS) });
    }
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(error);
    throw error;
  }
}

module.exports = { createTables, writeBatch };
