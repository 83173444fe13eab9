/*-------------------------------------------------------------------------
 *
 * event_hash.c
 *	  SHA-256 over the fields of an event.
 *
 * The hash tells a redelivered event from another one under the same id, and
 * it is stored: the encoding below must never change, nor the order in which
 * the fields are added.  Each field is one byte (1: there, 0: absent), its
 * length as 8 bytes, most significant first, and its bytes; a number is a
 * field of 8 bytes.  So no two lists of fields look alike.
 *
 * OpenSSL and not the server's pg_cryptohash: that one needs a ResourceOwner,
 * and events are read outside transactions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "port/pg_bswap.h"

#include "ingest/event_hash.h"

struct EventHash
{
	EVP_MD_CTX *digest;
	bool failed;
};

EventHash *
event_hash_begin(void)
{
	EventHash *hash = palloc(sizeof(EventHash));

	hash->digest = EVP_MD_CTX_new();
	if (hash->digest == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
				 errdetail("OpenSSL could not allocate a digest.")));
	hash->failed = EVP_DigestInit_ex(hash->digest, EVP_sha256(), NULL) != 1;
	return hash;
}

static void
add(EventHash *hash, const void *bytes, size_t length)
{
	if (!hash->failed && length > 0)
		hash->failed = EVP_DigestUpdate(hash->digest, bytes, length) != 1;
}

void
event_hash_bytes(EventHash *hash, const char *bytes, size_t length)
{
	uint8 there = bytes != NULL ? 1 : 0;
	uint64 size = pg_hton64(bytes != NULL ? (uint64) length : 0);

	add(hash, &there, sizeof(there));
	add(hash, &size, sizeof(size));
	if (bytes != NULL)
		add(hash, bytes, length);
}

void
event_hash_text(EventHash *hash, const char *text)
{
	event_hash_bytes(hash, text, text != NULL ? strlen(text) : 0);
}

void
event_hash_number(EventHash *hash, bool is_there, int64 number)
{
	uint64 bytes = pg_hton64((uint64) number);

	event_hash_bytes(hash, is_there ? (const char *) &bytes : NULL,
					 sizeof(bytes));
}

void
event_hash_finish(EventHash *hash, uint8 result[EVENT_HASH_LENGTH])
{
	if (!hash->failed)
		hash->failed = EVP_DigestFinal_ex(hash->digest, result, NULL) != 1;
	EVP_MD_CTX_free(hash->digest);
	if (hash->failed)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not compute the SHA-256 hash of an event"),
				 errhint("Check the OpenSSL configuration of the server: it "
						 "must provide SHA-256.")));
	pfree(hash);
}
