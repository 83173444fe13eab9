-- The extension is made only in a schema that nobody else has a hand in.
SET client_min_messages = warning;
CREATE ROLE regress_analytics_stranger;
CREATE DATABASE regress_analytics_environment TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
SELECT current_database() AS home, current_user AS me \gset
\c regress_analytics_environment
\set SHOW_CONTEXT never
SET client_min_messages = warning;

-- Its owner.
CREATE SCHEMA analytics AUTHORIZATION regress_analytics_stranger;
CREATE EXTENSION analytics;
ALTER SCHEMA analytics OWNER TO :"me";

-- Who may create in it.
GRANT ALL ON SCHEMA analytics TO PUBLIC;
CREATE EXTENSION analytics;
REVOKE ALL ON SCHEMA analytics FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA analytics TO regress_analytics_stranger;
CREATE EXTENSION analytics;

-- What was put there while they might.
SET ROLE regress_analytics_stranger;
CREATE FUNCTION analytics.create_consumer(name text, workers integer) RETURNS void LANGUAGE sql AS '';
RESET ROLE;
REVOKE CREATE ON SCHEMA analytics FROM regress_analytics_stranger;
CREATE EXTENSION analytics;
DROP FUNCTION analytics.create_consumer;

-- What would be granted on its objects: in the schema, and everywhere.
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT ALL ON TABLES TO PUBLIC;
CREATE EXTENSION analytics;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO regress_analytics_stranger;
CREATE EXTENSION analytics;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SEQUENCES FROM regress_analytics_stranger;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO regress_analytics_stranger;
CREATE EXTENSION analytics;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM regress_analytics_stranger;

-- A schema that is made with the extension is no better.
DROP SCHEMA analytics;
ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO regress_analytics_stranger;
CREATE EXTENSION analytics;
ALTER DEFAULT PRIVILEGES REVOKE CREATE ON SCHEMAS FROM regress_analytics_stranger;

-- What opens nothing is no hindrance: for others' objects, and less than usual.
CREATE SCHEMA analytics;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_stranger;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_analytics_stranger IN SCHEMA analytics GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE EXTENSION analytics;
DROP EXTENSION analytics;

-- Its encoding.
CREATE DATABASE regress_analytics_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_analytics_latin1
CREATE EXTENSION analytics;
\c :home
DROP DATABASE regress_analytics_latin1;
DROP DATABASE regress_analytics_environment;
DROP ROLE regress_analytics_stranger;
