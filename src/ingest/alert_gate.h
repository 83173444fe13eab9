/*-------------------------------------------------------------------------
 *
 * alert_gate.h
 *	  May an alert be sent, with the queue of notifications as it is?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ALERT_GATE_H
#define ANALYTICS_ALERT_GATE_H

#include <stdbool.h>

typedef struct AlertGate
{
	bool is_closed; /* no alert was sent the last time */
} AlertGate;

typedef enum AlertVerdict
{
	ALERT_MAY_GO,
	ALERT_WITHHELD_ANEW, /* and nobody has been told of it yet */
	ALERT_WITHHELD
} AlertVerdict;

/*
 * usage: the part of the queue that is taken, 0 to 1.  Closed while more than
 * half is; ALERT_WITHHELD_ANEW is said once each time that it closes.
 */
extern AlertVerdict alert_gate_judge(AlertGate *gate, double usage);

#endif /* ANALYTICS_ALERT_GATE_H */
