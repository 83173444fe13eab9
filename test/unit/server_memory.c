/*-------------------------------------------------------------------------
 *
 * server_memory.c
 *	  What the analysis uses of the server, for programs without one.
 *
 * Memory contexts whose chunks come from malloc one by one, so that the
 * sanitizers see each of them; and the library functions by which postgres.h
 * replaces those of C.  Only what src/analysis calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "utils/memutils.h"

#undef qsort
#undef vsnprintf

/* Before each chunk; chunks of a context are in a ring. */
typedef struct Chunk
{
	struct Chunk *next;
	struct Chunk *previous;
} Chunk;

/* The server's fields are there for whoever looks; these are ours. */
typedef struct TestContext
{
	MemoryContextData server;
	Chunk chunks; /* the ring's head */
	MemoryContextCallback *callbacks;
	struct TestContext *first_child;
	struct TestContext *next_sibling;
	struct TestContext *parent;
} TestContext;

static TestContext top = {.chunks = {&top.chunks, &top.chunks}};

MemoryContext CurrentMemoryContext = &top.server;
MemoryContext TopMemoryContext = &top.server;

static void *
enter(MemoryContext server, Chunk *chunk)
{
	TestContext *context = (TestContext *) server;

	if (chunk == NULL)
		abort();
	chunk->next = &context->chunks;
	chunk->previous = context->chunks.previous;
	chunk->previous->next = chunk;
	chunk->next->previous = chunk;
	return chunk + 1;
}

static Chunk *
leave(void *pointer)
{
	Chunk *chunk = (Chunk *) pointer - 1;

	chunk->previous->next = chunk->next;
	chunk->next->previous = chunk->previous;
	return chunk;
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return enter(context, malloc(sizeof(Chunk) + size));
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return enter(context, calloc(1, sizeof(Chunk) + size));
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return MemoryContextAlloc(context, size);
}

/* Of the flags none is for a program with memory of its own. */
void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return MemoryContextAlloc(context, size);
}

void *
palloc(Size size)
{
	return MemoryContextAlloc(CurrentMemoryContext, size);
}

void *
palloc0(Size size)
{
	return MemoryContextAllocZero(CurrentMemoryContext, size);
}

void *
repalloc(void *pointer, Size size)
{
	Chunk *chunk = (Chunk *) pointer - 1;

	/* stays in its context, wherever that is in the ring */
	chunk = realloc(chunk, sizeof(Chunk) + size);
	if (chunk == NULL)
		abort();
	chunk->previous->next = chunk;
	chunk->next->previous = chunk;
	return chunk + 1;
}

void *
repalloc_huge(void *pointer, Size size)
{
	return repalloc(pointer, size);
}

void
pfree(void *pointer)
{
	free(leave(pointer));
}

char *
pnstrdup(const char *in, Size len)
{
	Size length = strnlen(in, len);
	char *copy = palloc(length + 1);

	memcpy(copy, in, length);
	copy[length] = '\0';
	return copy;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

/* --- contexts --- */

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minContextSize, Size initBlockSize,
							  Size maxBlockSize)
{
	TestContext *context = calloc(1, sizeof(TestContext));

	if (context == NULL)
		abort();
	context->chunks.next = context->chunks.previous = &context->chunks;
	context->parent = (TestContext *) parent;
	context->next_sibling = context->parent->first_child;
	context->parent->first_child = context;
	return &context->server;
}

void
MemoryContextRegisterResetCallback(MemoryContext context,
								   MemoryContextCallback *cb)
{
	cb->next = ((TestContext *) context)->callbacks;
	((TestContext *) context)->callbacks = cb;
}

static void
call_callbacks(TestContext *context)
{
	while (context->callbacks != NULL)
	{
		MemoryContextCallback *callback = context->callbacks;

		context->callbacks = callback->next;
		callback->func(callback->arg);
	}
}

static void
free_chunks(TestContext *context)
{
	Chunk *chunk = context->chunks.next;

	while (chunk != &context->chunks)
	{
		Chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	context->chunks.next = context->chunks.previous = &context->chunks;
}

void
MemoryContextReset(MemoryContext context)
{
	TestContext *reset = (TestContext *) context;
	TestContext *child = reset->first_child;

	reset->first_child = NULL;
	while (child != NULL)
	{
		TestContext *next = child->next_sibling;

		MemoryContextReset(&child->server);
		free(child);
		child = next;
	}
	call_callbacks(reset);
	free_chunks(reset);
}

void
MemoryContextDelete(MemoryContext context)
{
	TestContext *deleted = (TestContext *) context;
	TestContext **link = &deleted->parent->first_child;

	while (*link != deleted)
		link = &(*link)->next_sibling;
	*link = deleted->next_sibling;
	MemoryContextReset(context);
	free(deleted);
}

/* --- library --- */

void
pg_qsort(void *base, size_t nel, size_t elsize,
		 int (*cmp)(const void *, const void *))
{
	qsort(base, nel, elsize, cmp);
}

int
pg_snprintf(char *str, size_t count, const char *fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	/* the analyser does not know of va_start() here */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	length = vsnprintf(str, count, fmt, arguments);
	va_end(arguments);
	return length;
}

/* --- errors: out of memory is the only one, and ends the program --- */

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt, ...)
{
	fputs(fmt, stderr);
	return 0;
}

int
errdetail(const char *fmt, ...)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	abort();
}
