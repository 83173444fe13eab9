/*-------------------------------------------------------------------------
 *
 * broker_options.c
 *	  What may be asked of the broker at all.
 *
 * Options were checked when they were written, but not for AMQP's limits,
 * and a consumer's names come from a table.  The library would cut long
 * names silently and stumble over NULL.  Only lengths and absence are looked
 * at here: whether a name means anything is for the broker to say.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker_options.h"

#include <string.h>

/* AMQP's short strings. */
#define LONGEST_NAME 255

static BrokerStatus
refuse_name(const char *what, IoError *error)
{
	io_error_set(error, "INVALID_NAME", "Give it a name of 1 to 255 bytes.",
				 "%s is missing or longer than %d bytes", what, LONGEST_NAME);
	return BROKER_MISCONFIGURED;
}

static bool
fits(const char *name)
{
	return name != NULL && strlen(name) <= LONGEST_NAME;
}

static bool
is_name(const char *name)
{
	return fits(name) && name[0] != '\0';
}

static BrokerStatus
check_arguments(const BrokerTopology *topology, IoError *error)
{
	for (int i = 0; i < topology->argument_count; i++)
	{
		const BrokerArgument *argument = &topology->arguments[i];

		if (!is_name(argument->name) ||
			(argument->kind == BROKER_ARGUMENT_TEXT && argument->text == NULL))
			return refuse_name("the name of a queue argument", error);
	}
	return BROKER_OK;
}

BrokerStatus
broker_options_check(const BrokerOptions *options,
					 const BrokerTopology *topology, IoError *error)
{
	if (options->host == NULL || options->user == NULL ||
		options->password == NULL)
	{
		io_error_set(error, "INCOMPLETE",
					 "Set the option \"host\" of the broker's server, and "
					 "\"user\" and \"password\" of its user mapping.",
					 "the broker's host, user or password is missing");
		return BROKER_MISCONFIGURED;
	}
	if (!fits(options->vhost))
		return refuse_name("the vhost", error);
	if (!is_name(topology->exchange))
		return refuse_name("the exchange's name", error);
	if (!fits(topology->routing_key))
		return refuse_name("the routing key", error);
	if (!is_name(topology->queue))
		return refuse_name("the queue's name", error);
	return check_arguments(topology, error);
}
