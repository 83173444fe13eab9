/*-------------------------------------------------------------------------
 *
 * alert_gate_test.c
 *	  Alerts while the queue of notifications fills and empties: to fill the
 *	  real one takes gigabytes.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>

#include "ingest/alert_gate.h"

static int tests = 0;
static int failures = 0;

static void
judges(AlertGate *gate, double usage, AlertVerdict expected, const char *name)
{
	AlertVerdict got = alert_gate_judge(gate, usage);

	tests++;
	if (got != expected)
		failures++;
	printf("%sok %d - %s\n", got == expected ? "" : "not ", tests, name);
	if (got != expected)
		printf("# got %d, expected %d\n", (int) got, (int) expected);
}

int
main(void)
{
	AlertGate gate = {0};

	judges(&gate, 0, ALERT_MAY_GO, "an empty queue");
	judges(&gate, 0.5, ALERT_MAY_GO, "half of it taken");
	judges(&gate, 0.500001, ALERT_WITHHELD_ANEW, "more than half: withheld");
	judges(&gate, 0.9, ALERT_WITHHELD, "and told of once");
	judges(&gate, 1, ALERT_WITHHELD, "until it is full");
	judges(&gate, 0.1, ALERT_MAY_GO, "there is room again");
	judges(&gate, 0.6, ALERT_WITHHELD_ANEW, "withheld again, and told again");
	judges(&gate, NAN, ALERT_WITHHELD, "what is no number is not sent upon");
	printf("1..%d\n", tests);
	return failures > 0;
}
