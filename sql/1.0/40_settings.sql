----------------------------------------------------------------------
-- Shipped rules
--
-- Each row is marked builtin.  No trigger sees them: those of the rule
-- tables are made behind them.
----------------------------------------------------------------------

INSERT INTO analytics.settings (name, value, minimum, maximum, unit, description, builtin) VALUES
('impact.weight_view',        0.01,   0, 1000, 'points per view', 'engagement: weight of a view', true),
('impact.weight_like',        1,      0, 1000, 'points per like', 'engagement: weight of a like', true),
('impact.weight_comment',     2,      0, 1000, 'points per comment', 'engagement: weight of a comment', true),
('impact.weight_save',        3,      0, 1000, 'points per save', 'engagement: weight of a save', true),
('impact.weight_share',       5,      0, 1000, 'points per share', 'engagement: weight of a share', true),
('impact.verified_factor',    1.2,    0, 100,  'factor', 'reach: factor of a verified author', true),
('impact.amplifier_negative', 1.5,    0, 100,  'factor', 'factor of a negative post', true),
('impact.amplifier_neutral',  1.0,    0, 100,  'factor', 'factor of a neutral post', true),
('impact.amplifier_positive', 1.1,    0, 100,  'factor', 'factor of a positive post', true),
('impact.raw_ceiling',        100000, 1, 1e15, 'points', 'raw impact that counts as 100', true),
('impact.viral_threshold',    70,     0, 100,  'impact', 'is_viral from this impact on', true),
('impact.kol_followers',      50000,  0, 1e15, 'followers', 'is_kol from this many followers on', true),
('risk.high_impact',          70,     0, 100,  'impact', 'a negative post is HIGH (CRITICAL for a KOL) from this impact on', true),
('risk.medium_impact_negative', 40,   0, 100,  'impact', 'a negative post is MEDIUM from this impact on', true),
('risk.medium_impact_other',  60,     0, 100,  'impact', 'another post is MEDIUM from this impact on', true);

INSERT INTO analytics.settings (name, value, minimum, maximum, unit, description, builtin) VALUES
('text.min_length',                     10, 0, 10000, 'characters', 'a post of which the author wrote less is noise', true),
('text.max_bytes',                      1048576, 1000, 16777216, 'bytes', 'so much of a post is read; a longer text is cut, and marked', true),
('text.max_comments',                   5, 0, 5, 'comments', 'so many comments, those with the most likes, are read with a post', true),
('intent.confidence_base',              0.5, 0, 1, 'confidence', 'of an intent, before its matching patterns are counted', true),
('intent.confidence_step',              0.1, 0, 1, 'confidence', 'added for each matching pattern of the intent, up to 1', true),
('keywords.dictionary_enough',          5, 0, 100, 'keywords', 'fewer different dictionary terms than this, and statistical keywords are added', true),
('keywords.maximum',                    30, 0, 100, 'keywords', 'most keywords of a post', true),
('keywords.similarity',                 0.8, 0, 1, 'similarity', 'a statistical keyword more similar than this to a better one is left out', true),
('sentiment.threshold_positive',        0.25, 0, 1, 'score', 'POSITIVE above this score', true),
('sentiment.threshold_negative',        -0.25, -1, 0, 'score', 'NEGATIVE below this score', true),
('sentiment.steepness',                 6, 0.1, 100, 'factor', 'how fast the probabilities change with the score', true),
('sentiment.prior',                     0.5, 0, 100, 'valence', 'what speaks for neutral: the more of it, the more must be said for a score far from 0', true),
('sentiment.negation_factor',           0.7, 0, 2, 'factor', 'of a positive term that is negated; its sign changes', true),
('sentiment.negation_factor_negative',  0.4, 0, 2, 'factor', 'of a negative term that is negated; its sign changes', true),
('sentiment.negator_valence',           -0.15, -1, 1, 'valence', 'of a negator that turns no term', true),
('sentiment.contrast_before',           0.5, 0, 10, 'factor', 'of what precedes a contrast word, or follows a concession', true),
('sentiment.contrast_after',            1.5, 0, 10, 'factor', 'of what follows a contrast word', true),
('sentiment.contrast_reach',            12, 0, 1000, 'words', 'a contrast word weighs terms at most so many words away', true),
('sentiment.exclamation_step',          0.1, 0, 1, 'factor', 'added for each exclamation mark behind a sentence, up to three', true),
('sentiment.elongation_factor',         1.2, 1, 10, 'factor', 'of a term with repeated letters', true),
('sentiment.capitals_factor',           1.2, 1, 10, 'factor', 'of a term in capitals', true),
('sentiment.question_factor',           0.3, 0, 10, 'factor', 'of terms in a question', true),
('sentiment.comment_weight',            1, 0, 10, 'factor', 'of what comments say, beside the author', true),
('sentiment.negation_reach',            4, 0, 20, 'words', 'a negator turns a term at most so many words behind it', true),
('sentiment.aspect_reach',              60, 1, 1000, 'characters', 'of its clause, so much to either side of a mention of an aspect counts', true);

INSERT INTO analytics.platforms (name, weight, expected_size, builtin) VALUES
('tiktok', 1.0, 50, true), ('youtube', 1.5, 20, true), ('facebook', 1.2, NULL, true),
('instagram', 1.1, NULL, true), ('unknown', 1.0, NULL, true);

INSERT INTO analytics.error_codes (code, category, retryable, builtin) VALUES
('RATE_LIMITED', 'rate_limiting', true, true), ('AUTH_FAILED', 'rate_limiting', true, true), ('ACCESS_DENIED', 'rate_limiting', true, true),
('CONTENT_REMOVED', 'content', false, true), ('CONTENT_NOT_FOUND', 'content', false, true), ('CONTENT_UNAVAILABLE', 'content', false, true),
('NETWORK_ERROR', 'network', true, true), ('TIMEOUT', 'network', true, true), ('CONNECTION_REFUSED', 'network', true, true), ('DNS_ERROR', 'network', true, true),
('PARSE_ERROR', 'parsing', false, true), ('INVALID_URL', 'parsing', false, true), ('INVALID_RESPONSE', 'parsing', false, true),
('MEDIA_DOWNLOAD_FAILED', 'media', false, true), ('MEDIA_TOO_LARGE', 'media', false, true), ('MEDIA_FORMAT_ERROR', 'media', false, true),
('STORAGE_ERROR', 'storage', true, true), ('UPLOAD_FAILED', 'storage', true, true), ('DATABASE_ERROR', 'storage', true, true),
('UNKNOWN_ERROR', 'generic', false, true), ('INTERNAL_ERROR', 'generic', false, true);

INSERT INTO analytics.rule_sets (version, created_by, description, stamp)
VALUES (1, current_user, 'as shipped with the extension', 1);
