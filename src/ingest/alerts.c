/*-------------------------------------------------------------------------
 *
 * alerts.c
 *	  NOTIFY analytics_alerts: posts that somebody should know of at once.
 *
 * A transaction that notifies takes a lock of the whole database while it
 * commits, and a listener that does not listen lets the queue of notifications
 * grow until commits fail.  So there is at most one for a group, with counts
 * and the first ids, none when there is nothing to say, and none while the
 * queue is half full: an alert must never cost the posts.  It holds no text of
 * a post, since any session may LISTEN.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/async.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "ingest/alert_gate.h"
#include "ingest/alerts.h"

/* A notification takes less than 8000 bytes; each kind may fill half of these.
 */
#define PAYLOAD_BYTES 7000
#define IDS_SHOWN 5
#define LONGEST_ID 200

typedef struct ProjectAlert
{
	const char *project_id; /* NULL: none */
	int posts;
	const char *ids[IDS_SHOWN];
	int id_count;
} ProjectAlert;

/* The projects of a group that have posts of one kind. */
typedef struct Alerts
{
	ProjectAlert *projects; /* no more than the group has batches */
	int count;
} Alerts;

static bool
same_project(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static ProjectAlert *
find_project(Alerts *alerts, const char *project_id)
{
	ProjectAlert *project;

	for (int i = 0; i < alerts->count; i++)
		if (same_project(alerts->projects[i].project_id, project_id))
			return &alerts->projects[i];
	project = &alerts->projects[alerts->count++];
	project->project_id = project_id;
	return project;
}

static void
add_post(Alerts *alerts, const StagedItem *post)
{
	ProjectAlert *project =
		find_project(alerts, post->batch->event.project_id);

	project->posts++;
	if (project->id_count < IDS_SHOWN && strlen(post->item->id) <= LONGEST_ID)
		project->ids[project->id_count++] = post->item->id;
}

static bool
is_critical(const BatchItem *item)
{
	return item->analysis.impact.risk == RISK_CRITICAL;
}

static bool
is_crisis(const BatchItem *item)
{
	return item->analysis.intent == INTENT_CRISIS;
}

/* Keep the projects that have `threshold` posts; 0: none. */
static Alerts
collect(const Staged *staging, bool (*matches)(const BatchItem *),
		int threshold)
{
	Alerts alerts = {0};
	int kept = 0;

	if (threshold <= 0)
		return alerts;
	alerts.projects =
		palloc0(Max(staging->batch_count, 1) * sizeof(ProjectAlert));
	for (int i = 0; i < staging->post_count; i++)
		if (!staging->posts[i].owner->replayed &&
			!staging->posts[i].superseded && matches(staging->posts[i].item))
			add_post(&alerts, &staging->posts[i]);
	for (int i = 0; i < alerts.count; i++)
		if (alerts.projects[i].posts >= threshold)
			alerts.projects[kept++] = alerts.projects[i];
	alerts.count = kept;
	return alerts;
}

static void
append_project(StringInfo text, const ProjectAlert *project)
{
	appendStringInfoString(text, "{\"project_id\": ");
	if (project->project_id == NULL ||
		strlen(project->project_id) > LONGEST_ID)
		appendStringInfoString(text, "null");
	else
		escape_json(text, project->project_id);
	appendStringInfo(text, ", \"posts\": %d, \"ids\": [", project->posts);
	for (int i = 0; i < project->id_count; i++)
	{
		appendStringInfoString(text, i > 0 ? ", " : "");
		escape_json(text, project->ids[i]);
	}
	appendStringInfoString(text, "]}");
}

/* As many projects as there is room for; "omitted" are the others. */
static void
append_kind(StringInfo payload, const char *kind, const Alerts *alerts)
{
	int room = payload->len + PAYLOAD_BYTES / 2;
	StringInfoData project;
	int posts = 0;
	int shown = 0;

	if (alerts->count == 0)
		return;
	for (int i = 0; i < alerts->count; i++)
		posts += alerts->projects[i].posts;
	appendStringInfo(payload, ", \"%s\": {\"posts\": %d, \"projects\": [",
					 kind, posts);
	initStringInfo(&project);
	for (int i = 0; i < alerts->count; i++)
	{
		resetStringInfo(&project);
		append_project(&project, &alerts->projects[i]);
		if (payload->len + project.len > room)
			continue;
		appendStringInfo(payload, "%s%s", shown++ > 0 ? ", " : "",
						 project.data);
	}
	appendStringInfo(payload, "], \"omitted\": %d}", alerts->count - shown);
}

/* Said once until there is room again. */
static bool
queue_has_room(void)
{
	static AlertGate gate;
	double usage = DatumGetFloat8(
		DirectFunctionCall1(pg_notification_queue_usage, (Datum) 0));
	AlertVerdict verdict = alert_gate_judge(&gate, usage);

	if (verdict == ALERT_WITHHELD_ANEW)
		ereport(LOG,
				(errmsg("analytics: no alerts are sent while the queue of "
						"notifications is %.0f %% full",
						usage * 100),
				 errhint("A session that listens stays in a transaction: look "
						 "for the oldest \"idle in transaction\" in "
						 "pg_stat_activity.")));
	return verdict == ALERT_MAY_GO;
}

void
alerts_notify(const BatchGroup *group, const Staged *staging)
{
	Alerts critical =
		collect(staging, is_critical, group->rules->alert_critical);
	Alerts crisis = collect(staging, is_crisis, group->rules->alert_crisis);
	StringInfoData payload;

	if ((critical.count == 0 && crisis.count == 0) || !queue_has_room())
		return;
	initStringInfo(&payload);
	appendStringInfoString(&payload, "{\"consumer\": ");
	escape_json(&payload, group->consumer);
	append_kind(&payload, "critical", &critical);
	append_kind(&payload, "crisis", &crisis);
	appendStringInfoChar(&payload, '}');
	Async_Notify(ALERTS_CHANNEL, payload.data);
}
