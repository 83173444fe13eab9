/*-------------------------------------------------------------------------
 *
 * s3_response_test.c
 *	  The time that a store's answer says it was given.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "io/s3_response.h"

#include <stdio.h>
#include <string.h>

static int tests = 0;
static int failures = 0;

static void
says(const char *line, int64_t time, const char *name)
{
	S3Response response;
	bool passed;

	s3_response_init(&response);
	s3_response_line(&response, line, strlen(line));
	passed = response.server_time == time;
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
test_dates(void)
{
	says("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784111777, "a date");
	says("date:Thu, 29 Feb 2024 23:59:59 GMT", 1709251199, "a leap day");
	says("Date: Thu, 01 Jan 1970 00:00:00 GMT", 0, "the epoch is none");
	says("Date: Tue, 19 Jan 2038 03:14:08 GMT", 2147483648, "beyond 32 bits");
}

static void
test_others(void)
{
	says("Date: ", 0, "an empty one");
	says("Date: tomorrow", 0, "a word");
	says("Date: Sun, 06 Nov 1994 08:49:37", 0, "no zone");
	says("Date: Sun, 06 Nov 1994 08:49:37 GMT+1", 0, "another zone");
	says("Date: Sun, 06 ovD 1994 08:49:37 GMT", 0, "no month");
	says("Date: Sunday, 06-Nov-94 08:49:37 GMT", 0, "an obsolete form");
	says("Date: Sun, 06 Nov 1994 08:49:37 GMT and more than fits", 0,
		 "a long one");
	says("Expires: Sun, 06 Nov 1994 08:49:37 GMT", 0, "another header");
}

static void
test_interim(void)
{
	static const char *const lines[] = {"HTTP/1.1 100 Continue",
										"Date: Sun, 06 Nov 1994 08:49:37 GMT",
										"HTTP/1.1 200 OK"};
	S3Response response;

	s3_response_init(&response);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		s3_response_line(&response, lines[i], strlen(lines[i]));
	tests++;
	if (response.server_time != 0)
		failures++;
	printf("%sok %d - %s\n", response.server_time == 0 ? "" : "not ", tests,
		   "an interim answer's date is forgotten");
}

int
main(void)
{
	test_dates();
	test_others();
	test_interim();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
