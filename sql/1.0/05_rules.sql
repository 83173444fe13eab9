----------------------------------------------------------------------
-- Rules
----------------------------------------------------------------------

CREATE TABLE analytics.settings (
	name text PRIMARY KEY,
	value double precision NOT NULL,
	minimum double precision NOT NULL,
	maximum double precision NOT NULL,
	unit text NOT NULL DEFAULT '',
	description text NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false,
	/* ... and so is the value; NaN is greater than all numbers */
	CONSTRAINT settings_range_finite CHECK (minimum > '-Infinity' AND maximum < 'Infinity'),
	CONSTRAINT settings_value_in_range CHECK (value BETWEEN minimum AND maximum),
	/* these are counted in the analysis */
	CONSTRAINT settings_whole_number CHECK (value = pg_catalog.floor(value) OR unit NOT IN ('bytes', 'characters', 'comments', 'keywords', 'posts', 'words'))
);
COMMENT ON TABLE analytics.settings IS
'constants of the analysis: change value with UPDATE, running workers take it at the next batch';
COMMENT ON COLUMN analytics.settings.name IS 'group and name; those that are shipped are all that there are';
COMMENT ON COLUMN analytics.settings.value IS 'what counts: the one column to change';
COMMENT ON COLUMN analytics.settings.minimum IS 'least value that the analysis can do with';
COMMENT ON COLUMN analytics.settings.maximum IS 'greatest value that the analysis can do with';
COMMENT ON COLUMN analytics.settings.unit IS 'what the value counts or measures; a number of bytes, characters, comments, keywords or words is a whole one';
COMMENT ON COLUMN analytics.settings.description IS 'what the value does';
COMMENT ON COLUMN analytics.settings.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.settings.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.platforms (
	name text PRIMARY KEY CHECK (name = pg_catalog.lower(name) AND name <> ''),
	weight double precision NOT NULL CHECK (weight BETWEEN 0 AND 100),
	expected_size integer CHECK (expected_size > 0),
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.platforms IS
'platforms: their weight in the impact score and the usual number of items in a batch; a platform not listed here counts as unknown';
COMMENT ON COLUMN analytics.platforms.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.platforms.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';
COMMENT ON COLUMN analytics.platforms.expected_size IS 'items in a batch; another size is processed and counted as a mismatch; NULL: none is expected';

CREATE TABLE analytics.error_codes (
	code text PRIMARY KEY CHECK (code <> ''),
	category text NOT NULL CHECK (category IN ('rate_limiting', 'content', 'network', 'parsing', 'media', 'storage', 'generic')),
	retryable boolean NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.error_codes IS
'crawl error codes and their categories; a code not listed here is generic';
COMMENT ON COLUMN analytics.error_codes.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.error_codes.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

/*
 * Words and phrases are stored as texts are read: normalised, in lower case,
 * without punctuation.  A trigger sees to it.
 */

CREATE TABLE analytics.slang (
	source text PRIMARY KEY CONSTRAINT slang_source_length CHECK (pg_catalog.octet_length(source) BETWEEN 1 AND 1024),
	formal text NOT NULL CONSTRAINT slang_formal_length CHECK (pg_catalog.octet_length(formal) BETWEEN 1 AND 1024),
	language text NOT NULL DEFAULT 'vi' CONSTRAINT slang_language CHECK (language IN ('vi', 'en')),
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.slang IS
'chat slang and its formal words, which take its place before all else is looked for';
COMMENT ON COLUMN analytics.slang.source IS 'one to three words as they are typed, such as ko';
COMMENT ON COLUMN analytics.slang.formal IS 'what they stand for, such as không';
COMMENT ON COLUMN analytics.slang.language IS 'vi: replaced in texts that are not English; en: in English ones alone';
COMMENT ON COLUMN analytics.slang.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.slang.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.slang.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.spam_keywords (
	keyword text PRIMARY KEY CONSTRAINT spam_keywords_keyword_length CHECK (pg_catalog.octet_length(keyword) BETWEEN 1 AND 1024),
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.spam_keywords IS
'words and phrases that make a post spam, and so noise, wherever its author writes them';
COMMENT ON COLUMN analytics.spam_keywords.keyword IS 'word or phrase, found as whole words; stored in the form in which texts are read';
COMMENT ON COLUMN analytics.spam_keywords.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.spam_keywords.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.spam_keywords.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.stop_words (
	word text PRIMARY KEY CONSTRAINT stop_words_word_length CHECK (pg_catalog.octet_length(word) BETWEEN 1 AND 1024),
	language text NOT NULL DEFAULT 'vi' CONSTRAINT stop_words_language CHECK (language IN ('vi', 'en')),
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.stop_words IS
'words that say nothing by themselves: no statistical keyword begins or ends with one, and they tell the language of a text';
COMMENT ON COLUMN analytics.stop_words.word IS 'one word; stored in the form in which texts are read';
COMMENT ON COLUMN analytics.stop_words.language IS 'vi or en';
COMMENT ON COLUMN analytics.stop_words.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.stop_words.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.stop_words.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.aspect_terms (
	term text PRIMARY KEY CONSTRAINT aspect_terms_term_length CHECK (pg_catalog.octet_length(term) BETWEEN 1 AND 1024),
	aspect text NOT NULL CONSTRAINT aspect_terms_aspect CHECK (aspect IN ('DESIGN', 'PERFORMANCE', 'PRICE', 'SERVICE', 'GENERAL', 'NONE')),
	tier text NOT NULL DEFAULT 'primary' CONSTRAINT aspect_terms_tier CHECK (tier IN ('primary', 'secondary')),
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.aspect_terms IS
'what people talk about: each mention is a keyword of its aspect, and is scored';
COMMENT ON COLUMN analytics.aspect_terms.term IS 'word or phrase, found as whole words; stored in the form in which texts are read';
COMMENT ON COLUMN analytics.aspect_terms.aspect IS 'DESIGN, PERFORMANCE, PRICE, SERVICE or GENERAL; NONE: a phrase that mentions nothing, and keeps the terms in it from doing so';
COMMENT ON COLUMN analytics.aspect_terms.tier IS 'primary: names the aspect itself; secondary: something of it';
COMMENT ON COLUMN analytics.aspect_terms.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.aspect_terms.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.aspect_terms.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.sentiment_terms (
	term text PRIMARY KEY CONSTRAINT sentiment_terms_term_length CHECK (pg_catalog.octet_length(term) BETWEEN 1 AND 1024),
	role text NOT NULL DEFAULT 'term' CONSTRAINT sentiment_terms_role CHECK (role IN ('term', 'negator', 'intensifier', 'softener', 'contrast', 'concession', 'filler')),
	valence double precision NOT NULL DEFAULT 0 CONSTRAINT sentiment_terms_valence_range CHECK (valence BETWEEN -1 AND 1),
	factor double precision NOT NULL DEFAULT 1,
	language text NOT NULL DEFAULT 'any' CONSTRAINT sentiment_terms_language CHECK (language IN ('vi', 'en', 'any')),
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false,
	CONSTRAINT sentiment_terms_factor_of_role CHECK (CASE role WHEN 'intensifier' THEN factor > 1 AND factor <= 10 WHEN 'softener' THEN factor >= 0.05 AND factor < 1 ELSE factor = 1 END),
	CONSTRAINT sentiment_terms_valence_of_role CHECK (valence = 0 OR role IN ('term', 'intensifier', 'softener'))
);
COMMENT ON TABLE analytics.sentiment_terms IS
'the lexicon of sentiment: words, phrases, emoji and emoticons, and the words that work on them';
COMMENT ON COLUMN analytics.sentiment_terms.term IS 'word or phrase, found as whole words, or one emoji or emoticon; stored in the form in which texts are read';
COMMENT ON COLUMN analytics.sentiment_terms.role IS 'term: has a valence; negator: turns what follows; intensifier, softener: strengthen or weaken what is beside them; contrast: what follows outweighs what precedes; concession: what follows is outweighed; filler: skipped inside a phrase';
COMMENT ON COLUMN analytics.sentiment_terms.valence IS 'of a term, from -1 (bad) to 1 (good); of an intensifier or softener, what it says when no term is beside it';
COMMENT ON COLUMN analytics.sentiment_terms.factor IS 'of an intensifier above 1, of a softener below 1, of all others 1';
COMMENT ON COLUMN analytics.sentiment_terms.language IS 'all roles but term: vi: not in English texts; en: not in Vietnamese ones';
COMMENT ON COLUMN analytics.sentiment_terms.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.sentiment_terms.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.sentiment_terms.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

CREATE TABLE analytics.intent_patterns (
	pattern text PRIMARY KEY CONSTRAINT intent_patterns_pattern_length CHECK (pg_catalog.octet_length(pattern) BETWEEN 1 AND 1024),
	intent text NOT NULL CONSTRAINT intent_patterns_intent CHECK (intent IN ('CRISIS', 'SEEDING', 'SPAM', 'COMPLAINT', 'LEAD', 'SUPPORT')),
	exception boolean NOT NULL DEFAULT false,
	match_unsigned boolean NOT NULL DEFAULT true,
	description text NOT NULL DEFAULT '',
	enabled boolean NOT NULL DEFAULT true,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.intent_patterns IS
'regular expressions that tell what the author wants; a post without a match is DISCUSSION';
COMMENT ON COLUMN analytics.intent_patterns.pattern IS 'in the syntax of Vectorscan, in lower case; it is looked for in each sentence';
COMMENT ON COLUMN analytics.intent_patterns.intent IS 'the first of CRISIS, SEEDING, SPAM, COMPLAINT, LEAD, SUPPORT that matches is the intent of the post';
COMMENT ON COLUMN analytics.intent_patterns.exception IS 'cancels matches of its intent that end within its own match';
COMMENT ON COLUMN analytics.intent_patterns.match_unsigned IS 'also look for it, without its marks, in Vietnamese that is written without marks';
COMMENT ON COLUMN analytics.intent_patterns.description IS 'for notes; it has no effect';
COMMENT ON COLUMN analytics.intent_patterns.enabled IS 'a row that is not enabled is not applied';
COMMENT ON COLUMN analytics.intent_patterns.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.intent_patterns.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

----------------------------------------------------------------------
-- Rule sets
----------------------------------------------------------------------

CREATE SEQUENCE analytics.rule_sets_version_seq AS integer START 2;
COMMENT ON SEQUENCE analytics.rule_sets_version_seq IS 'numbers rule_sets';
CREATE SEQUENCE analytics.rule_changes_place_seq START 2;
COMMENT ON SEQUENCE analytics.rule_changes_place_seq IS 'numbers rule_changes, and stamps rule_sets';

CREATE TABLE analytics.rule_sets (
	version integer PRIMARY KEY,
	name text NOT NULL GENERATED ALWAYS AS ('rules-' || version::text) STORED,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	created_by name NOT NULL,
	description text NOT NULL DEFAULT '',
	stamp bigint NOT NULL
);
COMMENT ON TABLE analytics.rule_sets IS
'one row per set of rules: each transaction that changes rules makes one, and each row of post_analytics names its own (model_version)';
COMMENT ON COLUMN analytics.rule_sets.name IS 'as in post_analytics.model_version';
COMMENT ON COLUMN analytics.rule_sets.created_by IS 'who changed the rules';
COMMENT ON COLUMN analytics.rule_sets.description IS 'for notes of your own';
COMMENT ON COLUMN analytics.rule_sets.stamp IS 'internal: tells sessions whether the rules that they hold are the newest';
CREATE INDEX rule_sets_stamp_idx ON analytics.rule_sets (stamp);
COMMENT ON INDEX analytics.rule_sets_stamp_idx IS 'the newest stamp';

CREATE TABLE analytics.rule_changes (
	place bigint PRIMARY KEY,
	version integer NOT NULL,
	table_name name NOT NULL,
	operation text NOT NULL CONSTRAINT rule_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
	rule text NOT NULL,
	before jsonb,
	after jsonb
);
COMMENT ON TABLE analytics.rule_changes IS
'what each rule set changed in the one before it, row by row';
COMMENT ON COLUMN analytics.rule_changes.place IS 'rises with time';
COMMENT ON COLUMN analytics.rule_changes.version IS 'of the row of rule_sets';
COMMENT ON COLUMN analytics.rule_changes.rule IS 'key of the row: the name, term or pattern';
COMMENT ON COLUMN analytics.rule_changes.before IS 'the row as it was; NULL: there was none';
COMMENT ON COLUMN analytics.rule_changes.after IS 'the row as it is now; NULL: it was deleted';
CREATE INDEX rule_changes_version_idx ON analytics.rule_changes (version);
COMMENT ON INDEX analytics.rule_changes_version_idx IS 'the changes of a rule set';
