----------------------------------------------------------------------
-- What an extension consists of, as rows that can be compared
--
-- Defines pg_temp.catalog_fingerprint(extension).  It starts at the members
-- of the extension and takes in whatever is part of one: columns, defaults,
-- constraints, indexes, triggers, rules, policies, sequences of columns.  Of
-- each it tells every column of its catalog row, with OIDs turned into names,
-- and what the server makes of its stored expressions; so nothing here names
-- an object of ours, and a column that a later PostgreSQL adds to a catalog is
-- compared without anybody thinking of it.  Then comments, privileges, initial
-- privileges, dependencies, the marks of what a dump holds, and the rows of
-- the extension's tables.
--
-- Left out is what says how something came to be and not what it is: OIDs,
-- files, statistics, numbers of columns (their order counts), times.
-- It only reads.
----------------------------------------------------------------------

-- The catalogs' columns that are left out.
CREATE FUNCTION pg_temp.is_physical(catalog regclass, attribute name) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT attribute IN ('oid', 'relfilenode', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid',
	'reltoastrelid', 'relnatts', 'attnum', 'attcacheoff', 'atthasmissing', 'attmissingval', 'indcheckxmin',
	-- hints that may be true of what is no more
	'relhasindex', 'relhasrules', 'relhastriggers', 'relhassubclass',
	-- told by the marks
	'extconfig', 'extcondition')
$$;

CREATE FUNCTION pg_temp.identity_of(catalog oid, object oid, subobject integer DEFAULT 0) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE WHEN object <> 0 THEN i.type || ' ' || i.identity END FROM pg_identify_object(catalog, object, subobject) AS i
$$;

-- How a catalog's column c.NAME is told, as an expression; NULL: not at all.
CREATE FUNCTION pg_temp.expression_of(catalog regclass, attribute pg_attribute) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE
	WHEN pg_temp.is_physical(catalog, attribute.attname) OR attribute.atttypid = 'pg_node_tree'::regtype THEN NULL
	-- a number of a column, told by the definition
	WHEN EXISTS (SELECT FROM pg_get_catalog_foreign_keys() AS k
		WHERE k.fktable = catalog AND attribute.attname = ANY (k.fkcols) AND k.pkcols[array_position(k.fkcols, attribute.attname::text)] = 'attnum') THEN NULL
	WHEN f.pktable IS NOT NULL AND f.is_array THEN
		format('(SELECT string_agg(pg_temp.identity_of(%s, u.o), '', '' ORDER BY u.n) FROM unnest(c.%I::oid[]) WITH ORDINALITY AS u(o, n))',
			f.pktable::oid, attribute.attname)
	WHEN f.pktable IS NOT NULL THEN format('pg_temp.identity_of(%s, c.%I::oid)', f.pktable::oid, attribute.attname)
	WHEN attribute.atttypid IN ('oid'::regtype, 'oidvector'::regtype, 'oid[]'::regtype, 'xid'::regtype) THEN NULL
	WHEN attribute.atttypid = 'aclitem[]'::regtype THEN
		format('(SELECT string_agg(a::text, '', '' ORDER BY a::text COLLATE "C") FROM unnest(c.%I) AS a)', attribute.attname)
	-- some minor releases keep a number of their own among these
	WHEN attribute.attname = 'attoptions' THEN '(SELECT string_agg(a, '', '' ORDER BY a) FROM unnest(c.attoptions) AS a WHERE a NOT LIKE ''pg_attver=%'')'
	ELSE format('c.%I::text', attribute.attname) END
FROM (SELECT) AS one LEFT JOIN LATERAL (
	SELECT k.pktable, k.is_array FROM pg_get_catalog_foreign_keys() AS k
	WHERE k.fktable = catalog AND k.fkcols = ARRAY[attribute.attname::text] AND k.pkcols = '{oid}' LIMIT 1
) AS f ON true
$$;

-- Whatever belongs to the extension: the extension and its schema, its members, and their parts.
CREATE FUNCTION pg_temp.objects_of(extension name) RETURNS TABLE (class oid, object oid, is_member boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH RECURSIVE part AS (
	SELECT o.class, o.object, false AS is_member
	FROM pg_extension AS e CROSS JOIN LATERAL (VALUES ('pg_extension'::regclass::oid, e.oid), ('pg_namespace'::regclass::oid, e.extnamespace)) AS o(class, object)
	WHERE e.extname = extension
	UNION
	SELECT d.classid, d.objid, d.deptype = 'e'
	FROM part AS p JOIN pg_depend AS d ON d.refclassid = p.class AND d.refobjid = p.object
	WHERE d.classid <> 0 AND d.deptype IN ('e', 'a', 'i', 'P', 'S')
		AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class AS t WHERE t.oid = d.objid AND t.relkind = 't'))
		-- of a foreign key, named by its OID
		AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger AS t WHERE t.oid = d.objid AND t.tgisinternal))
)
SELECT p.class, p.object, bool_or(p.is_member) FROM part AS p GROUP BY 1, 2
$$;

-- What the stored expressions of an object mean.
CREATE FUNCTION pg_temp.definition_of(class oid, object oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE class::regclass::text
	WHEN 'pg_class' THEN (SELECT CASE WHEN r.relkind IN ('i', 'I') THEN pg_get_indexdef(r.oid)
			WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid)
			WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END || coalesce(pg_get_expr(r.relpartbound, r.oid), '')
		FROM pg_class AS r WHERE r.oid = object)
	WHEN 'pg_proc' THEN (SELECT CASE WHEN p.prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(p.oid) END FROM pg_proc AS p WHERE p.oid = object)
	WHEN 'pg_constraint' THEN pg_get_constraintdef(object)
	WHEN 'pg_trigger' THEN pg_get_triggerdef(object)
	WHEN 'pg_rewrite' THEN pg_get_ruledef(object)
	WHEN 'pg_attrdef' THEN (SELECT pg_get_expr(a.adbin, a.adrelid) FROM pg_attrdef AS a WHERE a.oid = object)
	WHEN 'pg_policy' THEN (SELECT concat_ws(' / ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy AS p WHERE p.oid = object)
	WHEN 'pg_type' THEN (SELECT pg_get_expr(t.typdefaultbin, 0) FROM pg_type AS t WHERE t.oid = object)
	WHEN 'pg_statistic_ext' THEN pg_get_statisticsobjdef(object) END
$$;

-- SELECT of all columns of the rows of a catalog; KEY is its column that is the object's OID.
CREATE FUNCTION pg_temp.rows_of_catalog(catalog regclass, key text, named text DEFAULT 'pg_temp.identity_of(o.class, o.object)') RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT format('SELECT %L, %s, v.property, v.value FROM pg_temp.parts AS o JOIN %s AS c ON c.%I = o.object
		CROSS JOIN LATERAL (VALUES %s) AS v(property, value)',
	catalog, named, catalog, key,
	string_agg(format('(%L, %s)', a.attname, pg_temp.expression_of(catalog, a)), ', ' ORDER BY a.attnum)
		FILTER (WHERE pg_temp.expression_of(catalog, a) IS NOT NULL))
FROM pg_attribute AS a WHERE a.attrelid = catalog AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> key
$$;

-- The rows of a table, without what tells the time.
CREATE FUNCTION pg_temp.rows_of_table(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT format('SELECT ''row'', %L, ''row'', (to_jsonb(t) - %L::text[])::text FROM %s AS t',
	relation::regclass,
	ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attnum > 0
		AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)),
	relation::regclass)
$$;

CREATE FUNCTION pg_temp.catalog_fingerprint(extension name) RETURNS TABLE (class text, object text, property text, value text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	statement text;
BEGIN
	CREATE TEMP TABLE parts AS SELECT * FROM pg_temp.objects_of(extension);
	ANALYZE pg_temp.parts;

	FOR statement IN
		SELECT pg_temp.rows_of_catalog(p.class::regclass, 'oid') || format(' WHERE o.class = %s', p.class) FROM pg_temp.parts AS p GROUP BY p.class
		UNION ALL
		-- catalogs whose rows belong to an object of another
		SELECT pg_temp.rows_of_catalog(f.catalog, f.key) || format(' WHERE o.class = %s', f.owner::oid)
		FROM (VALUES ('pg_index'::regclass, 'indexrelid', 'pg_class'::regclass), ('pg_sequence', 'seqrelid', 'pg_class'),
			('pg_foreign_table', 'ftrelid', 'pg_class'), ('pg_partitioned_table', 'partrelid', 'pg_class'), ('pg_inherits', 'inhrelid', 'pg_class'),
			('pg_enum', 'enumtypid', 'pg_type'), ('pg_range', 'rngtypid', 'pg_type'), ('pg_aggregate', 'aggfnoid', 'pg_proc')) AS f(catalog, key, owner)
		UNION ALL
		SELECT pg_temp.rows_of_catalog('pg_attribute', 'attrelid', 'pg_temp.identity_of(o.class, o.object, c.attnum)')
			|| ' WHERE o.class = ''pg_class''::regclass AND c.attnum > 0 AND NOT c.attisdropped'
		UNION ALL
		SELECT pg_temp.rows_of_table(r.oid) FROM pg_temp.parts AS p JOIN pg_class AS r ON p.class = 'pg_class'::regclass AND r.oid = p.object
		WHERE r.relkind = 'r'
	LOOP
		RETURN QUERY EXECUTE statement;
	END LOOP;

	RETURN QUERY
	SELECT 'definition', pg_temp.identity_of(p.class, p.object), 'definition', pg_temp.definition_of(p.class, p.object) FROM pg_temp.parts AS p
	UNION ALL
	SELECT 'member', pg_temp.identity_of(p.class, p.object), 'member', p.is_member::text FROM pg_temp.parts AS p
	UNION ALL
	SELECT 'columns', pg_temp.identity_of(p.class, p.object), 'columns', string_agg(a.attname, ', ' ORDER BY a.attnum)
	FROM pg_temp.parts AS p JOIN pg_attribute AS a ON a.attrelid = p.object
	WHERE p.class = 'pg_class'::regclass AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 2
	UNION ALL
	SELECT 'comment', pg_temp.identity_of(p.class, p.object, d.objsubid), 'comment', d.description
	FROM pg_temp.parts AS p JOIN pg_description AS d ON d.classoid = p.class AND d.objoid = p.object
	UNION ALL
	SELECT 'label', pg_temp.identity_of(p.class, p.object, d.objsubid), d.provider, d.label
	FROM pg_temp.parts AS p JOIN pg_seclabel AS d ON d.classoid = p.class AND d.objoid = p.object
	UNION ALL
	SELECT 'initial privileges', pg_temp.identity_of(p.class, p.object, i.objsubid), i.privtype::text,
		(SELECT string_agg(a::text, ', ' ORDER BY a::text COLLATE "C") FROM unnest(i.initprivs) AS a)
	FROM pg_temp.parts AS p JOIN pg_init_privs AS i ON i.classoid = p.class AND i.objoid = p.object
	UNION ALL
	SELECT 'dependency', pg_temp.identity_of(p.class, p.object, d.objsubid), d.deptype::text, pg_temp.identity_of(d.refclassid, d.refobjid, d.refobjsubid)
	FROM pg_temp.parts AS p JOIN pg_depend AS d ON d.classid = p.class AND d.objid = p.object
	UNION ALL
	SELECT 'held by dumps', pg_temp.identity_of('pg_class'::regclass, m.relation), 'condition', m.condition
	FROM pg_extension AS e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS m(relation, condition) WHERE e.extname = extension;
	DROP TABLE pg_temp.parts;
END
$$;

-- Where two kept fingerprints differ: "-" is of the first alone, "+" of the second.
CREATE FUNCTION pg_temp.fingerprint_differences(first regclass, second regclass) RETURNS TABLE (side text, class text, object text, property text, value text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT * FROM (
		SELECT ''-'', d.* FROM (TABLE %1$s EXCEPT ALL TABLE %2$s) AS d
		UNION ALL
		SELECT ''+'', d.* FROM (TABLE %2$s EXCEPT ALL TABLE %1$s) AS d) AS u(side, class, object, property, value)
		ORDER BY u.class COLLATE "C", u.object COLLATE "C", u.property COLLATE "C", u.side COLLATE "C", u.value COLLATE "C"', first, second);
END
$$;
