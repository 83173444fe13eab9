----------------------------------------------------------------------
-- What was made, for check(): the last of all but privileges.  An update
-- script adds to shipped_objects what it makes, and takes out what it drops.
----------------------------------------------------------------------

CREATE FUNCTION analytics.note_objects() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $function$
DELETE FROM analytics.shipped_objects;
INSERT INTO analytics.shipped_objects (kind, table_name, name, definition)
SELECT p.kind, p.table_name, p.name, p.definition FROM analytics.present_objects() AS p;
$function$;
COMMENT ON FUNCTION analytics.note_objects() IS
'internal: record in shipped_objects what there is on the tables now';
SELECT analytics.note_objects();
