----------------------------------------------------------------------
-- What dumps hold: everything but the rules as shipped
----------------------------------------------------------------------

SELECT pg_catalog.pg_extension_config_dump('analytics.settings', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.platforms', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.error_codes', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.slang', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.spam_keywords', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.stop_words', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.aspect_terms', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.sentiment_terms', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.intent_patterns', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.rule_sets', 'WHERE version > 1');
SELECT pg_catalog.pg_extension_config_dump('analytics.rule_sets_version_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.rule_changes', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.rule_changes_place_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.post_analytics', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.crawl_errors', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.crawl_errors_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.batches', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letters', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letters_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letter_history', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letter_history_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.batch_replays', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.batch_replays_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.counters', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.consumers', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.attempts', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.local_queue', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.local_queue_id_seq', '');
