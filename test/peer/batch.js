'use strict';
/*
 * From an object to rows: decompress, parse, map the fields, aliases
 * included.  The values of the analysis are constants.
 */
const zlib = require('zlib');

const ZSTD_MAGIC = 0xfd2fb528;

/* Node's own zstd where it has one (22.15), else the fastest of npm's. */
let decompress = zlib.zstdDecompressSync;

async function loadDecoder() {
  if (decompress) return;
  const zstd = require('@bokuweb/zstd-wasm');
  await zstd.init();
  decompress = (data) => Buffer.from(zstd.decompress(data));
}

function plainText(object) {
  const packed = object.length >= 4 && object.readUInt32LE(0) === ZSTD_MAGIC;
  return (packed ? decompress(object) : object).toString('utf8');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function identify(jobId, payloadProject) {
  if (UUID.test(jobId)) return { project: null, subject: null };
  const numbered = /^(.+)-(\d+)$/.exec(jobId);
  if (numbered && payloadProject && numbered[1].startsWith(`${payloadProject}-`)) {
    return { project: payloadProject, subject: numbered[1].slice(payloadProject.length + 1) };
  }
  const parts = /^(.+)-([^-]+)-\d+$/.exec(jobId);
  if (parts) return { project: parts[1], subject: parts[2] };
  return { project: payloadProject ?? null, subject: null };
}

function count(...values) {
  const value = Number(values.find((candidate) => candidate !== undefined && candidate !== null) ?? 0);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

const NEUTRAL = {
  overall_sentiment: 'NEUTRAL',
  overall_sentiment_score: 0,
  overall_confidence: 0,
  primary_intent: 'DISCUSSION',
  intent_confidence: 0,
  impact_score: 0,
  risk_level: 'LOW',
  is_viral: false,
  is_kol: false,
  aspects_breakdown: '{}',
  keywords: '[]',
  sentiment_probabilities: '{}',
  impact_breakdown: '{}',
  processing_time_ms: 0,
  model_version: 'none',
};

function post(item, frame) {
  const { meta } = item;
  const content = item.content ?? {};
  const author = item.author ?? {};
  const older = item.interaction ?? item.interactions ?? {};
  return {
    ...NEUTRAL,
    id: meta.id,
    project_id: frame.project,
    platform: (meta.platform ?? frame.payload.platform).toUpperCase(),
    published_at: meta.published_at ?? meta.crawled_at,
    analyzed_at: frame.now,
    view_count: count(content.view_count, older.views),
    like_count: count(content.like_count, older.likes),
    comment_count: count(content.comment_count, older.comments_count),
    share_count: count(content.share_count, older.shares),
    save_count: count(content.save_count, older.saves),
    follower_count: count(author.follower_count, author.followers),
    job_id: frame.payload.job_id,
    batch_index: frame.payload.batch_index ?? null,
    task_type: meta.task_type ?? frame.payload.task_type ?? null,
    keyword_source: meta.keyword_source ?? frame.payload.keyword ?? null,
    crawled_at: meta.crawled_at ?? frame.timestamp,
    pipeline_version: meta.pipeline_version ?? `crawler_${frame.payload.platform}_v3`,
    fetch_status: 'success',
    fetch_error: meta.fetch_error ?? null,
    error_code: meta.error_code ?? null,
    error_details: JSON.stringify(meta.error_details ?? {}),
    subject: frame.subject,
    permalink: meta.permalink ?? content.url ?? null,
    author_username: author.username ?? null,
    event_id: frame.eventId,
  };
}

function crawlError(item, index, frame) {
  const { meta } = item;
  return {
    content_id: meta.id ?? `unknown:${index}`,
    project_id: frame.project,
    job_id: frame.payload.job_id,
    platform: (meta.platform ?? frame.payload.platform).toUpperCase(),
    error_code: meta.error_code ?? 'UNKNOWN_ERROR',
    error_category: 'generic',
    error_message: meta.fetch_error ?? meta.error_message ?? 'Unknown error',
    error_details: JSON.stringify(meta.error_details ?? {}),
    permalink: meta.permalink ?? null,
    event_id: frame.eventId,
    item_index: index,
  };
}

/* { posts, errors }: rows by column name. */
function decode(object, event) {
  const parsed = JSON.parse(plainText(object));
  const items = Array.isArray(parsed) ? parsed : parsed.items ?? [parsed];
  const { payload } = event;
  const frame = {
    payload,
    eventId: event.event_id,
    timestamp: event.timestamp,
    now: new Date().toISOString(),
    ...identify(payload.job_id, payload.project_id),
  };
  const batch = { posts: [], errors: [] };
  items.forEach((item, index) => {
    if ((item.meta.fetch_status ?? 'success') === 'success') batch.posts.push(post(item, frame));
    else batch.errors.push(crawlError(item, index, frame));
  });
  return batch;
}

module.exports = { decode, loadDecoder };
