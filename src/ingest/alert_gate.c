/*-------------------------------------------------------------------------
 *
 * alert_gate.c
 *	  May an alert be sent, with the queue of notifications as it is?
 *
 * A queue that is full fails the commits of whoever notifies, so we keep away
 * from that by half.  The judgement only: the queue is not looked at here, and
 * nothing is said.
 *
 *-------------------------------------------------------------------------
 */
#include "ingest/alert_gate.h"

#define QUEUE_USAGE_LIMIT 0.5

AlertVerdict
alert_gate_judge(AlertGate *gate, double usage)
{
	bool was_closed = gate->is_closed;

	/* What is no number is no reason to send. */
	gate->is_closed = !(usage <= QUEUE_USAGE_LIMIT);
	if (!gate->is_closed)
		return ALERT_MAY_GO;
	return was_closed ? ALERT_WITHHELD : ALERT_WITHHELD_ANEW;
}
