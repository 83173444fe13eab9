/*-------------------------------------------------------------------------
 *
 * crash_record.c
 *	  Which event a worker was at work on when it died.
 *
 * The memory is mapped by the postmaster and inherited by every process.  It
 * is none of the server's shared memory, which is made anew after a crash.  A
 * postmaster that ends, since restart_after_crash is off or somebody stops it,
 * leaves the records to the next one (crash_file.c).
 * Nothing in it is a pointer, and nothing is locked: a slot is written by its
 * worker alone, and records are made by the postmaster when no worker runs.
 *
 * How a worker died decides what it says of the event.  A fault (SIGSEGV,
 * SIGABRT and the like) is noted by a signal handler.  One that is told to
 * quit, because of somebody else's crash, lets go of the event.  What is left
 * was killed: by the system for want of memory, or by a person, who proves
 * nothing.  Whoever asks weighs the two.
 *
 * Nothing here knows of tables: attempts.c counts there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include <openssl/evp.h>
#include <signal.h>
#include <sys/mman.h>

#include "port/atomics.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"

#include "ingest/crash_file.h"
#include "ingest/crash_record.h"

/* Room for several workers that die while each commits a group. */
#define RECORDS 1024

typedef struct Slot
{
	volatile sig_atomic_t signal; /* that it died of; 0: none was seen */
	volatile int count;           /* keys that it is at work on */
	uint8 keys[CRASH_RECORD_HELD][EVENT_HASH_LENGTH];
} Slot;

typedef struct Entry
{
	bool used;
	CrashRecord record;
	uint8 key[EVENT_HASH_LENGTH];
} Entry;

typedef struct Memory
{
	int slot_count;
	int next;  /* entry to be overwritten when all are used */
	int limit; /* no entry from here on was ever used */
	pg_atomic_uint32 forgotten;
	Entry entries[RECORDS];
#ifdef ANALYTICS_TESTING
	char note[CRASH_RECORD_NOTE];
#endif
	Slot slots[FLEXIBLE_ARRAY_MEMBER];
} Memory;

static Memory *memory = NULL;
static Slot *own = NULL;

/* What a process dies of that has a fault.  SIGFPE is an error in PostgreSQL. */
static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT};
static struct sigaction previous[lengthof(fault_signals)];

/* --- the postmaster --- */

/*
 * No worker runs any more.  What has been told to end by a signal has let go of
 * what it held; what has not was killed or has crashed.
 */
static void
leave_to_next_postmaster(int code, Datum arg)
{
	static Entry left[RECORDS];
	int count = 0;

	crash_record_collect();
	for (int i = 0; i < memory->limit; i++)
		if (memory->entries[i].used)
			left[count++] = memory->entries[i];
	if (count > 0)
		crash_file_write(left, sizeof(Entry), count);
}

void
crash_record_create(int slots)
{
	size_t size = offsetof(Memory, slots) + slots * sizeof(Slot);
	void *map;

	if (memory != NULL)
		return;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	if (map == MAP_FAILED)
	{
		ereport(LOG,
				(errmsg("analytics: no memory to record crashes in: %m")));
		return;
	}
	memory = map; /* all zero */
	memory->slot_count = slots;
	pg_atomic_init_u32(&memory->forgotten, 0);
	memory->limit = crash_file_read(memory->entries, sizeof(Entry), RECORDS);
	on_proc_exit(leave_to_next_postmaster, (Datum) 0);
}

static Entry *
find_entry(const uint8 *key)
{
	for (int i = 0; memory != NULL && i < memory->limit; i++)
	{
		Entry *entry = &memory->entries[i];

		if (entry->used && memcmp(entry->key, key, EVENT_HASH_LENGTH) == 0)
			return entry;
	}
	return NULL;
}

/* One that is free, or the one that has waited longest. */
static Entry *
new_entry(const uint8 *key)
{
	Entry *entry = NULL;

	for (int i = 0; i < RECORDS && entry == NULL; i++)
		if (!memory->entries[i].used)
			entry = &memory->entries[i];
	if (entry == NULL)
	{
		entry = &memory->entries[memory->next];
		memory->next = (memory->next + 1) % RECORDS;
	}
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->key, key, EVENT_HASH_LENGTH);
	entry->used = true;
	memory->limit = Max(memory->limit, (int) (entry - memory->entries) + 1);
	return entry;
}

static void
record_death(const uint8 *key, bool fault, bool alone)
{
	Entry *entry = find_entry(key);

	if (entry == NULL)
		entry = new_entry(key);
	if (fault)
		entry->record.crashes++;
	else
		entry->record.kills++;
	entry->record.alone = alone;
}

void
crash_record_collect(void)
{
	for (int i = 0; memory != NULL && i < memory->slot_count; i++)
	{
		Slot *slot = &memory->slots[i];
		int count = Min(Max(slot->count, 0), CRASH_RECORD_HELD);

		for (int j = 0; j < count; j++)
			record_death(slot->keys[j], slot->signal != 0, count == 1);
		slot->count = 0;
		slot->signal = 0;
	}
}

/* --- how a worker dies --- */

/*
 * The instruction at fault runs again once this returns, and meets whoever
 * handled the signal before us; a signal that was sent is sent again.
 */
static void
fault_handler(int number, siginfo_t *information, void *context)
{
	own->signal = number;
	for (int i = 0; i < lengthof(fault_signals); i++)
		if (fault_signals[i] == number)
			(void) sigaction(number, &previous[i], NULL);
	if (information->si_code <= 0)
		(void) raise(number);
}

/* Somebody else crashed: this is no word against what we work on. */
static void
quit_handler(SIGNAL_ARGS)
{
	own->count = 0;
	SignalHandlerForCrashExit(COMPAT_PASS_SIGNAL);
}

/* An overflow of the stack leaves none for the handler. */
static void
give_handlers_a_stack(void)
{
	static char room[64 * 1024];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};

	(void) sigaltstack(&stack, NULL);
}

static void
let_go_at_exit(int code, Datum arg)
{
	own->count = 0;
}

void
crash_record_attach(int slot)
{
	struct sigaction action = {.sa_sigaction = fault_handler,
							   .sa_flags = SA_ONSTACK | SA_SIGINFO};

	if (memory == NULL || slot < 0 || slot >= memory->slot_count)
		return;
	own = &memory->slots[slot];
	own->count = 0;
	own->signal = 0;
	on_proc_exit(let_go_at_exit, (Datum) 0);
	give_handlers_a_stack();
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < lengthof(fault_signals); i++)
		(void) sigaction(fault_signals[i], &action, &previous[i]);
	pqsignal(SIGQUIT, quit_handler);
}

/* --- a worker --- */

void
crash_record_key(const Delivery *delivery, uint8 key[EVENT_HASH_LENGTH])
{
	if (EVP_Digest(delivery->body, delivery->body_length, key, NULL,
				   EVP_sha256(), NULL) != 1)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not compute SHA-256 of an event body")));
}

/* The number last: whoever reads this after a death sees no torn key. */
void
crash_record_hold(const uint8 *const *keys, int count)
{
	if (own == NULL)
		return;
	Assert(count <= CRASH_RECORD_HELD);
	own->count = 0;
	pg_compiler_barrier();
	for (int i = 0; i < count; i++)
		memcpy(own->keys[i], keys[i], EVENT_HASH_LENGTH);
	pg_compiler_barrier();
	own->count = count;
}

void
crash_record_release(void)
{
	if (own != NULL)
		own->count = 0;
}

bool
crash_record_find(const uint8 *key, CrashRecord *record)
{
	const Entry *entry = find_entry(key);

	if (entry == NULL)
		return false;
	*record = entry->record;
	return true;
}

void
crash_record_forget(const uint8 *key)
{
	Entry *entry = find_entry(key);

	if (entry == NULL)
		return;
	entry->used = false;
	pg_atomic_fetch_add_u32(&memory->forgotten, 1);
}

uint32
crash_record_forgotten(void)
{
	return memory != NULL ? pg_atomic_read_u32(&memory->forgotten) : 0;
}

#ifdef ANALYTICS_TESTING
char *
crash_record_note(void)
{
	return memory != NULL ? memory->note : NULL;
}
#endif
