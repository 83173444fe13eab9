----------------------------------------------------------------------
-- Triggers: rules
--
-- They are made behind the shipped rows, which are written as they are.
-- Of those before a row, rule_check is called before rule_guard.
----------------------------------------------------------------------

CREATE FUNCTION analytics.rule_guard() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_guard';
COMMENT ON FUNCTION analytics.rule_guard() IS
'internal: keeps apart the rules that are shipped and those of the user';

CREATE FUNCTION analytics.rule_check() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_check';
COMMENT ON FUNCTION analytics.rule_check() IS
'internal: puts the terms of a rule into their normal form, and refuses one that has none';

CREATE FUNCTION analytics.rule_check_pattern() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_check_pattern';
COMMENT ON FUNCTION analytics.rule_check_pattern() IS
'internal: refuses a pattern that does not compile';

CREATE FUNCTION analytics.rule_set_begin() RETURNS trigger
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_set_begin';
COMMENT ON FUNCTION analytics.rule_set_begin() IS
'internal: lets one transaction at a time change rules';

CREATE FUNCTION analytics.rule_set_record() RETURNS trigger
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS 'MODULE_PATHNAME', 'analytics_rule_set_record';
COMMENT ON FUNCTION analytics.rule_set_record() IS
'internal: makes the rule set of a transaction, and records what it changes';

CREATE FUNCTION analytics.rule_set_stamp() RETURNS trigger
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_set_stamp';
COMMENT ON FUNCTION analytics.rule_set_stamp() IS
'internal: lets sessions read the rules again after a change that makes no rule set';

CREATE FUNCTION analytics.rules_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_rules_changed';
COMMENT ON FUNCTION analytics.rules_changed() IS
'internal: lets the workers read the rules again';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard ON analytics.settings IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.settings IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.settings IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('name');
COMMENT ON TRIGGER rule_set_record ON analytics.settings IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.settings IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.settings IS 'tells running workers';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard ON analytics.platforms IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.platforms IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.platforms IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('name');
COMMENT ON TRIGGER rule_set_record ON analytics.platforms IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.platforms IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.platforms IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.slang
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check('source', '3', 'formal', '8');
COMMENT ON TRIGGER rule_check ON analytics.slang IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.slang
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('source');
COMMENT ON TRIGGER rule_guard ON analytics.slang IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.slang
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('source');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.slang IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.slang
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.slang IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.slang
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('source');
COMMENT ON TRIGGER rule_set_record ON analytics.slang IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.slang
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.slang IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.slang
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.slang IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.spam_keywords
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check('keyword', '8');
COMMENT ON TRIGGER rule_check ON analytics.spam_keywords IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.spam_keywords
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('keyword');
COMMENT ON TRIGGER rule_guard ON analytics.spam_keywords IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.spam_keywords
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('keyword');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.spam_keywords IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.spam_keywords
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.spam_keywords IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.spam_keywords
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('keyword');
COMMENT ON TRIGGER rule_set_record ON analytics.spam_keywords IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.spam_keywords
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.spam_keywords IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.spam_keywords
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.spam_keywords IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.stop_words
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check('word', '1');
COMMENT ON TRIGGER rule_check ON analytics.stop_words IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.stop_words
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('word');
COMMENT ON TRIGGER rule_guard ON analytics.stop_words IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.stop_words
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('word');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.stop_words IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.stop_words
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.stop_words IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.stop_words
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('word');
COMMENT ON TRIGGER rule_set_record ON analytics.stop_words IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.stop_words
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.stop_words IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.stop_words
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.stop_words IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.aspect_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check('term', '8');
COMMENT ON TRIGGER rule_check ON analytics.aspect_terms IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.aspect_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('term');
COMMENT ON TRIGGER rule_guard ON analytics.aspect_terms IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.aspect_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('term');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.aspect_terms IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.aspect_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.aspect_terms IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.aspect_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('term');
COMMENT ON TRIGGER rule_set_record ON analytics.aspect_terms IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.aspect_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.aspect_terms IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.aspect_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.aspect_terms IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.sentiment_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check('term', '8');
COMMENT ON TRIGGER rule_check ON analytics.sentiment_terms IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.sentiment_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('term');
COMMENT ON TRIGGER rule_guard ON analytics.sentiment_terms IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.sentiment_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('term');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.sentiment_terms IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.sentiment_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.sentiment_terms IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.sentiment_terms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('term');
COMMENT ON TRIGGER rule_set_record ON analytics.sentiment_terms IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.sentiment_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.sentiment_terms IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.sentiment_terms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.sentiment_terms IS 'tells running workers';

CREATE TRIGGER rule_check BEFORE INSERT OR UPDATE ON analytics.intent_patterns
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_check_pattern('pattern');
COMMENT ON TRIGGER rule_check ON analytics.intent_patterns IS 'checks what is written';
CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.intent_patterns
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('pattern');
COMMENT ON TRIGGER rule_guard ON analytics.intent_patterns IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.intent_patterns
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('pattern');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.intent_patterns IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.intent_patterns
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.intent_patterns IS 'waits for others that change rules';
CREATE TRIGGER rule_set_record AFTER INSERT OR UPDATE OR DELETE ON analytics.intent_patterns
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_set_record('pattern');
COMMENT ON TRIGGER rule_set_record ON analytics.intent_patterns IS 'records the change in rule_sets and rule_changes';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.intent_patterns
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('restored');
COMMENT ON TRIGGER rule_set_stamp ON analytics.intent_patterns IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.intent_patterns
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.intent_patterns IS 'tells running workers';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('code');
COMMENT ON TRIGGER rule_guard ON analytics.error_codes IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('code');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.error_codes IS 'keeps shipped rows';
CREATE TRIGGER rule_set_begin BEFORE INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_begin();
COMMENT ON TRIGGER rule_set_begin ON analytics.error_codes IS 'waits for others that change rules';
CREATE TRIGGER rule_set_stamp AFTER INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_set_stamp('always');
COMMENT ON TRIGGER rule_set_stamp ON analytics.error_codes IS 'tells sessions';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.error_codes IS 'tells running workers';
