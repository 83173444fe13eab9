/*-------------------------------------------------------------------------
 *
 * sigv4_test.c
 *	  Signatures against AWS's published vectors.
 *
 * The vectors are those of the S3 documentation ("Signature Calculations for
 * the Authorization Header"), of the documentation of the signing key, and of
 * aws-sig-v4-test-suite (aws-c-auth).  Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "io/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
is(const char *got, const char *expected, const char *name)
{
	bool same = got != NULL && strcmp(got, expected) == 0;

	ok(same, name);
	if (!same)
		printf("# got      %s\n# expected %s\n", got != NULL ? got : "NULL",
			   expected);
}

/* The example account of AWS's test suite: 2015-08-30 12:36:00 UTC. */
static SigV4Request
suite_request(const char *method, const char *path, const char *query)
{
	SigV4Request request = {
		.method = method,
		.host = "example.amazonaws.com",
		.path = path,
		.query = query,
		.region = "us-east-1",
		.service = "service",
		.access_key = "AKIDEXAMPLE",
		.secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		.payload_hash = SIGV4_EMPTY_PAYLOAD,
		.time = 1440938160,
	};

	return request;
}

/* The example account of S3's documentation: 2013-05-24 00:00:00 UTC. */
static SigV4Request
s3_request(const char *method, const char *path, const char *query)
{
	SigV4Request request = {
		.method = method,
		.host = "examplebucket.s3.amazonaws.com",
		.path = path,
		.query = query,
		.region = "us-east-1",
		.service = "s3",
		.access_key = "AKIAIOSFODNN7EXAMPLE",
		.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.payload_hash = SIGV4_EMPTY_PAYLOAD,
		.time = 1369353600,
	};

	return request;
}

static void
check(const SigV4Request *request, const char *day, const char *signed_headers,
	  const char *signature, const char *name)
{
	SigV4Headers headers;
	char expected[1024];

	snprintf(expected, sizeof(expected),
			 "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/aws4_request, "
			 "SignedHeaders=%s, Signature=%s",
			 request->access_key, day, request->region, request->service,
			 signed_headers, signature);
	is(sigv4_sign(request, &headers) ? headers.authorization : NULL, expected,
	   name);
}

static void
test_s3_examples(void)
{
	static const SigV4Header range = {"range", "bytes=0-9"};
	static const SigV4Header put[] = {
		{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
		{"date", "Fri, 24 May 2013 00:00:00 GMT"}};
	SigV4Request request = s3_request("GET", "/test.txt", "");

	request.extra_headers = &range;
	request.extra_header_count = 1;
	check(&request, "20130524", "host;range;x-amz-content-sha256;x-amz-date",
		  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		  "S3 documentation: GET Object with a range");

	request = s3_request("PUT", "/test$file.text", "");
	request.extra_headers = put;
	request.extra_header_count = 2;
	request.payload_hash = "44ce7dd67c959e0d3524ffac1771dfbb"
						   "a87d2b6b4b4e99e42034a8b803f8b072";
	check(&request, "20130524",
		  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
		  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		  "S3 documentation: PUT Object, a '$' in the key");

	request = s3_request("GET", "/", "lifecycle=");
	check(&request, "20130524", "host;x-amz-content-sha256;x-amz-date",
		  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		  "S3 documentation: GET Bucket Lifecycle");

	request = s3_request("GET", "/", "max-keys=2&prefix=J");
	check(&request, "20130524", "host;x-amz-content-sha256;x-amz-date",
		  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		  "S3 documentation: list objects");
}

static void
test_suite_vectors(void)
{
	static const struct
	{
		const char *name;
		const char *method;
		const char *path;
		const char *query;
		const char *signature;
	} vectors[] = {
		{"get-vanilla", "GET", "/", "",
		 "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "/", "",
		 "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"get-vanilla-query-order-key-case", "GET", "/",
		 "Param1=value1&Param2=value2",
		 "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-unreserved", "GET",
		 "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		 "",
		 "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		{"get-utf8", "GET", "/\xE1\x88\xB4", "",
		 "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{"get-space-unnormalized", "GET", "/example space/", "",
		 "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
		{"get-slashes-unnormalized", "GET", "//example//", "",
		 "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"},
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		SigV4Request request = suite_request(
			vectors[i].method, vectors[i].path, vectors[i].query);

		check(&request, "20150830", "host;x-amz-date", vectors[i].signature,
			  vectors[i].name);
	}
}

static void
test_signed_headers(void)
{
	static const SigV4Header my_header = {"my-header1", "VALUE1"};
	SigV4Request request = suite_request("POST", "/", "");

	request.extra_headers = &my_header;
	request.extra_header_count = 1;
	check(&request, "20150830", "host;my-header1;x-amz-date",
		  "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
		  "post-header-value-case: a further header is signed");

	request = suite_request("POST", "/", "");
	request.session_token =
		"AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWL"
		"WsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQr"
		"mGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HF"
		"vlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scq"
		"Kmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
	check(&request, "20150830", "host;x-amz-date;x-amz-security-token",
		  "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
		  "post-sts-header-before: the session token is signed");
}

static void
check_key(const char *day, const char *expected, const char *name)
{
	unsigned char key[SIGV4_KEY_LENGTH];
	char hex[2 * SIGV4_KEY_LENGTH + 1] = "";

	if (sigv4_signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", day,
						  "us-east-1", "iam", key))
	{
		for (int i = 0; i < SIGV4_KEY_LENGTH; i++)
			snprintf(hex + 2 * i, 3, "%02x", key[i]);
	}
	is(hex, expected, name);
}

static void
check_path(const char *raw, const char *expected, const char *name)
{
	char *encoded = sigv4_encode_path(raw);

	is(encoded, expected, name);
	free(encoded);
}

static void
test_paths(void)
{
	char every[256];
	char *encoded;

	check_path("/b/a b", "/b/a%20b", "a space becomes %20, not '+'");
	check_path("/b/day=1/a+b", "/b/day%3D1/a%2Bb", "'=' and '+' are encoded");
	check_path("/b/100%/%41", "/b/100%25/%2541", "'%' is encoded again");
	check_path("/b/b\xC3\xA0i \xC4\x91\xC4\x83ng",
			   "/b/b%C3%A0i%20%C4%91%C4%83ng",
			   "Vietnamese letters are encoded byte by byte");
	check_path("/b/a/../c/./d", "/b/a/../c/./d", "dots are not resolved");
	check_path("//b//c/", "//b//c/", "slashes are not folded");
	check_path("/b/?q#f&x", "/b/%3Fq%23f%26x", "no query, no fragment");
	check_path("/b/x\r\nHost: y", "/b/x%0D%0AHost%3A%20y",
			   "line breaks do not get through");
	check_path("", "", "nothing stays nothing");

	for (int i = 1; i < 256; i++)
		every[i - 1] = (char) i;
	every[255] = '\0';
	encoded = sigv4_encode_path(every);
	/* 66 unreserved and '/' stay as they are, 188 become three */
	ok(encoded != NULL && strlen(encoded) == 67 + 3 * 188 &&
		   encoded[strspn(encoded, "%/-._~0123456789abcdefghijklmnopqrstuvwxyz"
								   "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0',
	   "every byte but NUL is encoded or unreserved");
	free(encoded);
}

static void
test_limits(void)
{
	SigV4Headers headers;
	SigV4Header many[9];
	char long_key[2000];
	SigV4Request request = s3_request("GET", "/k", "");

	ok(sigv4_sign(&request, &headers) &&
		   strcmp(headers.amz_date, "20130524T000000Z") == 0,
	   "x-amz-date is the time given");

	memset(long_key, 'A', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = '\0';
	request.access_key = long_key;
	ok(!sigv4_sign(&request, &headers), "an access key too long is refused");

	request = s3_request("GET", "/k", "");
	request.region = long_key;
	ok(!sigv4_sign(&request, &headers), "a region too long is refused");

	request = s3_request("GET", "/k", "");
	for (int i = 0; i < 9; i++)
		many[i] = (SigV4Header){"x", "y"};
	request.extra_headers = many;
	request.extra_header_count = 9;
	ok(!sigv4_sign(&request, &headers), "too many extra headers are refused");

	request = s3_request("GET", "/k", "");
	request.time = -1;
	ok(!sigv4_sign(&request, &headers), "a time before 1970 is refused");
	request.time = INT64_C(253402300800);
	ok(!sigv4_sign(&request, &headers), "the year 10000 is refused");
}

int
main(void)
{
	check_key("20120215",
			  "f4780e2d9f65fa895f9c67b32ce1baf0"
			  "b0d8a43505a000a1a9e090d414db404d",
			  "documentation: signing key of 2012-02-15");
	check_key("20150830",
			  "c4afb1cc5771d871763a393e44b70357"
			  "1b55cc28424d1a5e86da6ed3c154a4b9",
			  "documentation: signing key of 2015-08-30");
	test_s3_examples();
	test_suite_vectors();
	test_signed_headers();
	test_paths();
	test_limits();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
