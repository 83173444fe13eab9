-- What an author wants, told by the shipped patterns: test/data/intents.tsv, a line a sentence.
\set SHOW_CONTEXT never
\getenv source PG_ABS_SRCDIR
\set sentences :source '/test/data/intents.tsv'
CREATE TEMPORARY TABLE sentences (n integer GENERATED ALWAYS AS IDENTITY, intent text NOT NULL, sentence text NOT NULL);
COPY sentences (intent, sentence) FROM :'sentences';
CREATE TEMPORARY TABLE judged AS
SELECT s.*, a.primary_intent, a.intent_confidence FROM sentences AS s, analytics.analyze_text(s.sentence) AS a;

-- By intent.
SELECT intent, count(*) AS sentences, count(*) FILTER (WHERE primary_intent = intent) AS found,
       (SELECT count(*) FROM judged AS j WHERE j.primary_intent = s.intent AND j.intent <> s.intent) AS false_alarms
FROM judged AS s GROUP BY intent ORDER BY intent COLLATE "C";

-- Every sentence that was taken for something else.
SELECT intent, primary_intent, sentence FROM judged WHERE primary_intent <> intent ORDER BY n;

-- The whole table, and crises missed.
SELECT count(*) >= 300 AS enough, round(avg((primary_intent = intent)::integer), 2) AS accuracy,
       count(*) FILTER (WHERE intent = 'CRISIS' AND primary_intent <> intent) AS crises_missed FROM judged;

-- Confidence grows with the patterns that match; that nothing matched is certain.
SELECT bool_and(intent_confidence BETWEEN 0.6 AND 1) FILTER (WHERE primary_intent <> 'DISCUSSION') AS of_matches,
       bool_and(intent_confidence = 1) FILTER (WHERE primary_intent = 'DISCUSSION') AS of_discussion FROM judged;
