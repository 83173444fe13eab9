/*-------------------------------------------------------------------------
 *
 * amqp_uri.h
 *	  amqp[s]://host[:port][/vhost], taken apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_AMQP_URI_H
#define ANALYTICS_AMQP_URI_H

typedef struct AmqpUri
{
	bool tls;
	char *host;  /* without brackets; never empty */
	int port;    /* 0: the scheme's own */
	char *vhost; /* decoded; "/" when the path is absent or "/" */
} AmqpUri;

/*
 * NULL when *uri is filled, strings in the current memory context; else a
 * hint that says what a valid address looks like.  A user name is not
 * understood: the caller refuses it.
 */
extern const char *amqp_uri_parse(const char *text, AmqpUri *uri);

#endif /* ANALYTICS_AMQP_URI_H */
