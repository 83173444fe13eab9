/*-------------------------------------------------------------------------
 *
 * s3.c
 *	  Signed requests to an S3 server, and the commands put, delete, bucket.
 *
 * The signature (AWS version 4) is made here and shares nothing with the
 * extension's, so that a test of one is not a test against itself.  A key is
 * percent-encoded once, never resolved as a path.
 *
 *-------------------------------------------------------------------------
 */
#include "s3.h"

#include <ctype.h>
#include <curl/curl.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loadgen.h"

#define MAX_PARALLEL 64
#define MAX_REFUSALS 5

typedef struct Transfer
{
	CURL *easy;
	bool busy;
	bool conflict_is_fine;
	struct curl_slist *headers;
	Buffer url;
	Buffer body;
	size_t sent;
	int refusals;
	Buffer answer;
	const char *method;
} Transfer;

struct S3Client
{
	CURLM *multi;
	char *endpoint;
	char *host;
	const char *ca_file;
	const char *access_key;
	const char *secret_key;
	const char *region;
	Transfer transfers[MAX_PARALLEL];
	int parallel;
};

/* ---- signature ---- */

static void
add_encoded(Buffer *buffer, const char *path)
{
	for (; *path != '\0'; path++)
	{
		unsigned char c = (unsigned char) *path;

		if (isalnum(c) || strchr("-._~/", c) != NULL)
			buffer_add(buffer, path, 1);
		else
			buffer_printf(buffer, "%%%02X", c);
	}
}

static void
hmac(const unsigned char *key, int key_length, const char *text,
	 unsigned char digest[32])
{
	unsigned int length;

	if (HMAC(EVP_sha256(), key, key_length, (const unsigned char *) text,
			 strlen(text), digest, &length) == NULL)
		die("could not compute a signature");
}

static void
sign(const S3Client *client, const char *date, const char *text, char hex[65])
{
	unsigned char digest[32];
	Buffer secret = {0};

	buffer_printf(&secret, "AWS4%s", client->secret_key);
	hmac((unsigned char *) secret.data, (int) secret.length, date, digest);
	hmac(digest, 32, client->region, digest);
	hmac(digest, 32, "s3", digest);
	hmac(digest, 32, "aws4_request", digest);
	hmac(digest, 32, text, digest);
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	buffer_free(&secret);
}

static int
compare_headers(const void *left, const void *right)
{
	return strcmp(((const S3Header *) left)->name,
				  ((const S3Header *) right)->name);
}

void
s3_header(S3Headers *headers, const char *name, const char *value)
{
	S3Header *header = &headers->headers[headers->count];

	if (headers->count == S3_MAX_HEADERS ||
		strlen(name) >= sizeof(header->name) ||
		strlen(value) >= sizeof(header->value))
		die("too many or too long headers at \"%.100s\"", name);
	snprintf(header->name, sizeof(header->name), "%s", name);
	snprintf(header->value, sizeof(header->value), "%s", value);
	headers->count++;
}

/* The value of the Authorization header; `all` is sorted by name. */
static void
authorize(const S3Client *client, const char *method, const char *path,
		  const S3Headers *all, const char *time, const char *payload_hash,
		  Buffer *authorization)
{
	Buffer canonical = {0};
	Buffer names = {0};
	Buffer text = {0};
	char date[9];
	char hex[65];

	snprintf(date, sizeof(date), "%.8s", time);
	buffer_printf(&canonical, "%s\n%s\n\n", method, path);
	for (int i = 0; i < all->count; i++)
	{
		buffer_printf(&canonical, "%s:%s\n", all->headers[i].name,
					  all->headers[i].value);
		buffer_printf(&names, "%s%s", i > 0 ? ";" : "", all->headers[i].name);
	}
	buffer_printf(&canonical, "\n%s\n%s", names.data, payload_hash);
	sha256_hex(canonical.data, canonical.length, hex);
	buffer_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s",
				  time, date, client->region, hex);
	sign(client, date, text.data, hex);
	buffer_printf(authorization,
				  "AWS4-HMAC-SHA256 Credential=%s/%s/%s/s3/aws4_request, "
				  "SignedHeaders=%s, Signature=%s",
				  client->access_key, date, client->region, names.data, hex);
	buffer_free(&canonical);
	buffer_free(&names);
	buffer_free(&text);
}

static struct curl_slist *
signed_headers(const S3Client *client, const char *method, const char *path,
			   const S3Headers *extra, const Buffer *body)
{
	S3Headers all = {0};
	struct curl_slist *list = NULL;
	Buffer line = {0};
	char hash[65];
	char now_text[24];
	time_t now = time(NULL);
	struct tm fields;

	gmtime_r(&now, &fields);
	strftime(now_text, sizeof(now_text), "%Y%m%dT%H%M%SZ", &fields);
	sha256_hex(body->data != NULL ? body->data : "", body->length, hash);
	if (extra != NULL)
		all = *extra;
	s3_header(&all, "host", client->host);
	s3_header(&all, "x-amz-content-sha256", hash);
	s3_header(&all, "x-amz-date", now_text);
	qsort(all.headers, (size_t) all.count, sizeof(S3Header), compare_headers);

	for (int i = 0; i < all.count; i++)
	{
		line.length = 0;
		buffer_printf(&line, "%s: %s", all.headers[i].name,
					  all.headers[i].value);
		list = curl_slist_append(list, line.data);
	}
	line.length = 0;
	buffer_text(&line, "Authorization: ");
	authorize(client, method, path, &all, now_text, hash, &line);
	list = curl_slist_append(list, line.data);
	list = curl_slist_append(list, "Expect:");
	buffer_free(&line);
	return list;
}

/* ---- transfers ---- */

static size_t
read_body(char *into, size_t size, size_t count, void *data)
{
	Transfer *transfer = data;
	size_t left = transfer->body.length - transfer->sent;
	size_t part = left < size * count ? left : size * count;

	if (part > 0)
		memcpy(into, transfer->body.data + transfer->sent, part);
	transfer->sent += part;
	return part;
}

static size_t
collect_answer(char *data, size_t size, size_t count, void *target)
{
	Transfer *transfer = target;

	if (transfer->answer.length < 4096)
		buffer_add(&transfer->answer, data, size * count);
	return size * count;
}

S3Client *
s3_open(const char *endpoint, const char *ca_file, int parallel)
{
	S3Client *client = calloc(1, sizeof(S3Client));
	const char *host = strstr(endpoint, "://");
	const char *region = getenv("S3_REGION");

	if (client == NULL)
		die("out of memory");
	if (host == NULL)
		die("--s3 takes an address like http://127.0.0.1:9000, not \"%.200s\"",
			endpoint);
	client->endpoint = strdup(endpoint);
	client->host = strdup(host + 3);
	if (client->endpoint == NULL || client->host == NULL)
		die("out of memory");
	client->endpoint[strcspn(client->endpoint + (host + 3 - endpoint), "/") +
					 (size_t) (host + 3 - endpoint)] = '\0';
	client->host[strcspn(client->host, "/")] = '\0';
	client->ca_file = ca_file;
	client->access_key = require_env("S3_ACCESS_KEY", "access key");
	client->secret_key = require_env("S3_SECRET_KEY", "secret key");
	client->region =
		region != NULL && region[0] != '\0' ? region : "us-east-1";
	client->parallel = parallel < 1              ? 1
					   : parallel > MAX_PARALLEL ? MAX_PARALLEL
												 : parallel;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	client->multi = curl_multi_init();
	if (client->multi == NULL)
		die("could not initialise curl");
	return client;
}

/*
 * A radosgw that has much to do now and then refuses for a moment what it has
 * just allowed: once more, with the same signature.
 */
static bool
try_again(S3Client *client, Transfer *transfer, long status)
{
	if ((status != 403 && status < 500) || ++transfer->refusals > MAX_REFUSALS)
		return false;
	fprintf(stderr, "loadgen: %s %s: the server answered %ld, again\n",
			transfer->method, transfer->url.data, status);
	curl_multi_remove_handle(client->multi, transfer->easy);
	transfer->sent = 0;
	transfer->answer.length = 0;
	usleep(200 * 1000);
	curl_multi_add_handle(client->multi, transfer->easy);
	return true;
}

static void
transfer_finished(S3Client *client, Transfer *transfer, CURLcode result)
{
	long status = 0;

	if (result != CURLE_OK)
		die("%s %s: %s", transfer->method, transfer->url.data,
			curl_easy_strerror(result));
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (try_again(client, transfer, status))
		return;
	if ((status < 200 || status > 299) &&
		!(status == 409 && transfer->conflict_is_fine))
		die("%s %s: the server answered %ld: %.300s", transfer->method,
			transfer->url.data, status,
			transfer->answer.data != NULL ? transfer->answer.data : "");
	curl_multi_remove_handle(client->multi, transfer->easy);
	curl_slist_free_all(transfer->headers);
	buffer_free(&transfer->body);
	transfer->busy = false;
}

/* Move the transfers along, waiting for something to happen. */
static void
run_transfers(S3Client *client)
{
	int running;
	int queued;
	CURLMsg *message;

	curl_multi_perform(client->multi, &running);
	while ((message = curl_multi_info_read(client->multi, &queued)) != NULL)
	{
		Transfer *transfer = NULL;

		for (int i = 0; i < client->parallel; i++)
			if (client->transfers[i].easy == message->easy_handle)
				transfer = &client->transfers[i];
		if (message->msg == CURLMSG_DONE && transfer != NULL)
		{
			transfer_finished(client, transfer, message->data.result);
			return;
		}
	}
	curl_multi_poll(client->multi, NULL, 0, 1000, NULL);
}

static Transfer *
idle_transfer(S3Client *client)
{
	for (;;)
	{
		for (int i = 0; i < client->parallel; i++)
			if (!client->transfers[i].busy)
				return &client->transfers[i];
		run_transfers(client);
	}
}

static void
configure_transfer(const S3Client *client, Transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, transfer->url.data);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (client->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
	if (strcmp(transfer->method, "PUT") != 0)
		return;
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
					 (curl_off_t) transfer->body.length);
}

void
s3_request(S3Client *client, const char *method, const char *bucket,
		   const char *key, const S3Headers *headers, Buffer *body)
{
	Transfer *transfer = idle_transfer(client);
	Buffer path = {0};

	buffer_text(&path, "/");
	add_encoded(&path, bucket);
	if (key != NULL)
	{
		buffer_text(&path, "/");
		add_encoded(&path, key);
	}
	if (transfer->easy == NULL)
		transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		die("could not initialise curl");
	transfer->busy = true;
	transfer->conflict_is_fine = key == NULL;
	transfer->method = method;
	transfer->sent = 0;
	transfer->refusals = 0;
	transfer->answer.length = 0;
	transfer->body = *body;
	*body = (Buffer){0};
	transfer->url.length = 0;
	buffer_printf(&transfer->url, "%s%s", client->endpoint, path.data);
	transfer->headers =
		signed_headers(client, method, path.data, headers, &transfer->body);
	configure_transfer(client, transfer);
	curl_multi_add_handle(client->multi, transfer->easy);
	run_transfers(client);
	buffer_free(&path);
}

void
s3_close(S3Client *client)
{
	for (int i = 0; i < client->parallel; i++)
	{
		Transfer *transfer = &client->transfers[i];

		while (transfer->busy)
			run_transfers(client);
		if (transfer->easy != NULL)
			curl_easy_cleanup(transfer->easy);
		buffer_free(&transfer->url);
		buffer_free(&transfer->answer);
	}
	curl_multi_cleanup(client->multi);
	free(client->endpoint);
	free(client->host);
	free(client);
}

/* ---- commands ---- */

typedef struct ObjectOptions
{
	const char *endpoint;
	const char *ca_file;
	const char *bucket;
	const char *key;
	const char *file;
	const char *folder;
	const char *encoding;
	TextList meta;
} ObjectOptions;

static void
object_options(int argc, char **argv, ObjectOptions *object)
{
	const Option options[] = {
		{"s3", OPTION_TEXT, &object->endpoint,
		 "address of the server (default: $S3_ENDPOINT)"},
		{"cacert", OPTION_TEXT, &object->ca_file, "CA of an https server"},
		{"bucket", OPTION_TEXT, &object->bucket, "bucket"},
		{"key", OPTION_TEXT, &object->key, "key of the object"},
		{"file", OPTION_TEXT, &object->file,
		 "its content; - is standard input"},
		{"folder", OPTION_TEXT, &object->folder,
		 "folder of files to put, each under its name, behind --key if given"},
		{"meta", OPTION_LIST, &object->meta,
		 "NAME=VALUE: user metadata x-amz-meta-NAME; may be repeated"},
		{"encoding", OPTION_TEXT, &object->encoding, "Content-Encoding"},
		{NULL, 0, NULL, NULL}};

	options_parse(argc, argv, options, NULL);
	if (object->endpoint == NULL)
		object->endpoint = require_env("S3_ENDPOINT", "or option --s3");
	if (object->bucket == NULL)
		die("%s needs --bucket", argv[0]);
}

static void
object_headers(const ObjectOptions *object, S3Headers *headers)
{
	if (object->encoding != NULL)
		s3_header(headers, "content-encoding", object->encoding);
	for (int i = 0; i < object->meta.count; i++)
	{
		const char *text = object->meta.texts[i];
		const char *equals = strchr(text, '=');
		Buffer name = {0};

		if (equals == NULL)
			die("--meta takes NAME=VALUE, not \"%.100s\"", text);
		buffer_printf(&name, "x-amz-meta-%.*s", (int) (equals - text), text);
		s3_header(headers, name.data, equals + 1);
		buffer_free(&name);
	}
}

static void
put_file(S3Client *client, const ObjectOptions *object, const char *key,
		 const char *path)
{
	S3Headers headers = {0};
	Buffer body = {0};

	object_headers(object, &headers);
	read_whole_file(path, &body);
	s3_request(client, "PUT", object->bucket, key, &headers, &body);
}

/* The files of the folder, but no folder in it. */
static void
put_folder(S3Client *client, const ObjectOptions *object)
{
	DIR *folder = opendir(object->folder);
	const struct dirent *file;

	if (folder == NULL)
		die("could not open folder \"%s\"", object->folder);
	while ((file = readdir(folder)) != NULL)
	{
		Buffer path = {0};
		Buffer key = {0};

		if (file->d_name[0] == '.')
			continue;
		buffer_printf(&path, "%s/%s", object->folder, file->d_name);
		buffer_printf(&key, "%s%s", object->key != NULL ? object->key : "",
					  file->d_name);
		put_file(client, object, key.data, path.data);
		buffer_free(&path);
		buffer_free(&key);
	}
	closedir(folder);
}

#define PUTS_AT_ONCE 8

int
command_put(int argc, char **argv)
{
	ObjectOptions object = {0};
	S3Client *client;

	object_options(argc, argv, &object);
	if ((object.file != NULL) == (object.folder != NULL) ||
		(object.file != NULL && object.key == NULL))
		die("put needs --key and --file, or --folder");
	client = s3_open(object.endpoint, object.ca_file,
					 object.folder != NULL ? PUTS_AT_ONCE : 1);
	if (object.folder != NULL)
		put_folder(client, &object);
	else
		put_file(client, &object, object.key, object.file);
	s3_close(client);
	return 0;
}

int
command_delete(int argc, char **argv)
{
	ObjectOptions object = {0};
	Buffer body = {0};
	S3Client *client;

	object_options(argc, argv, &object);
	if (object.key == NULL)
		die("delete needs --key");
	client = s3_open(object.endpoint, object.ca_file, 1);
	s3_request(client, "DELETE", object.bucket, object.key, NULL, &body);
	s3_close(client);
	return 0;
}

int
command_bucket(int argc, char **argv)
{
	ObjectOptions object = {0};
	Buffer body = {0};
	S3Client *client;

	object_options(argc, argv, &object);
	client = s3_open(object.endpoint, object.ca_file, 1);
	s3_request(client, "PUT", object.bucket, NULL, NULL, &body);
	s3_close(client);
	return 0;
}
