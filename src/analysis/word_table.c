/*-------------------------------------------------------------------------
 *
 * word_table.c
 *	  The words of the rules: bytes to WordId, by a hash.
 *
 * Filled while a dictionary is built, read-only from then on.  Open
 * addressing, never more than half full.  Texts cannot add to it, so a text
 * cannot make it slow.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/word_table.h"

#define FIRST_SLOTS_LOG2 10

/* Later spelling of the tone, and the one that stands for both. */
typedef struct ToneVariant
{
	char written[5];
	char unified[5];
} ToneVariant;

static const ToneVariant tone_variants[] = {
	{"oà", "òa"}, {"oá", "óa"}, {"oả", "ỏa"}, {"oã", "õa"}, {"oạ", "ọa"},
	{"oè", "òe"}, {"oé", "óe"}, {"oẻ", "ỏe"}, {"oẽ", "õe"}, {"oẹ", "ọe"},
	{"uỳ", "ùy"}, {"uý", "úy"}, {"uỷ", "ủy"}, {"uỹ", "ũy"}, {"uỵ", "ụy"},
};

/* Does the word end in it?  Of "quý" the u is part of the consonant. */
static bool
ends_in_variant(const char *word, size_t length, const ToneVariant *variant)
{
	size_t bytes = strlen(variant->written);

	if (length < bytes ||
		memcmp(word + length - bytes, variant->written, bytes) != 0)
		return false;
	return length == bytes || word[length - bytes - 1] != 'q';
}

const char *
word_unify_tone(const char *word, size_t length, char *to)
{
	size_t last = length - 1;

	while (last > 0 && ((unsigned char) word[last] & 0xC0) == 0x80)
		last--;
	if (last == 0 || (word[last - 1] != 'o' && word[last - 1] != 'u'))
		return word;
	for (int i = 0; i < lengthof(tone_variants); i++)
	{
		const ToneVariant *variant = &tone_variants[i];
		size_t bytes = strlen(variant->unified);

		if (!ends_in_variant(word, length, variant))
			continue;
		memcpy(to, word, length - bytes);
		memcpy(to + length - bytes, variant->unified, bytes);
		memset(to + length, 0, WORD_PADDING);
		return to;
	}
	return word;
}

static void
allocate_slots(WordTable *table, int log2)
{
	table->shift = 64 - log2;
	table->mask = ((uint32) 1 << log2) - 1;
	table->room = ((uint32) 1 << log2) / 2;
	table->slots = palloc0(((size_t) 1 << log2) * sizeof(WordSlot));
}

void
word_table_create(WordTable *table)
{
	memset(table, 0, sizeof(*table));
	allocate_slots(table, FIRST_SLOTS_LOG2);
	table->text = palloc0((table->room + 1) * sizeof(char *));
	table->slot = palloc0((table->room + 1) * sizeof(uint32));
}

/* Put a slot's contents into the first free place of its chain. */
static void
place(WordTable *table, const WordSlot *contents)
{
	const char *text = table->text[contents->word];
	uint64 hash = word_hash(text, contents->length, contents->head);
	uint32 index = (uint32) (hash >> table->shift);

	while (table->slots[index].word != NO_WORD)
		index = (index + 1) & table->mask;
	table->slots[index] = *contents;
	table->slot[contents->word] = index;
}

static void
grow(WordTable *table)
{
	WordSlot *old = table->slots;
	uint32 old_count = table->mask + 1;

	allocate_slots(table, 64 - table->shift + 1);
	table->text = repalloc(table->text, (table->room + 1) * sizeof(char *));
	table->slot = repalloc(table->slot, (table->room + 1) * sizeof(uint32));
	for (uint32 i = 0; i < old_count; i++)
		if (old[i].word != NO_WORD)
			place(table, &old[i]);
	pfree(old);
}

/* A copy that may be read beyond its end. */
static char *
padded_copy(const char *word, size_t length)
{
	char *copy = palloc0(length + WORD_PADDING);

	memcpy(copy, word, length);
	return copy;
}

const WordSlot *
word_table_find(const WordTable *table, const char *word, size_t length)
{
	char padded[WORD_MAX_BYTES + WORD_PADDING];

	if (length > WORD_MAX_BYTES)
		length = 0;
	memcpy(padded, word, length);
	memset(padded + length, 0, WORD_PADDING);
	return word_table_look(table, padded, length);
}

WordId
word_table_add(WordTable *table, const char *word, size_t length)
{
	char unified[WORD_MAX_BYTES + WORD_PADDING];
	const WordSlot *found;
	WordSlot added = {0};
	const char *text;

	if (length == 0 || length > WORD_MAX_BYTES)
		return NO_WORD;
	found = word_table_find(table, word, length);
	if (found->word != NO_WORD)
		return found->word;
	if (table->count == table->room)
		grow(table);
	text = padded_copy(word, length);
	if (word_may_have_variant(text, length))
		text = padded_copy(word_unify_tone(text, length, unified), length);
	added.word = ++table->count;
	added.head = word_bytes(text, length);
	added.length = (uint16) length;
	table->text[added.word] = text;
	place(table, &added);
	return added.word;
}
