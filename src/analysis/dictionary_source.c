/*-------------------------------------------------------------------------
 *
 * dictionary_source.c
 *	  Copy the rows that a dictionary is built from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/dictionary_source.h"

static void *
copy_rows(const void *rows, int count, size_t size)
{
	void *copy = palloc(Max(count, 1) * size);

	if (count > 0)
		memcpy(copy, rows, count * size);
	return copy;
}

static const SentimentTermRule *
copy_sentiments(const SentimentTermRule *rows, int count)
{
	SentimentTermRule *copy = copy_rows(rows, count, sizeof(*rows));

	for (int i = 0; i < count; i++)
		copy[i].term = pstrdup(rows[i].term);
	return copy;
}

static const AspectTermRule *
copy_aspects(const AspectTermRule *rows, int count)
{
	AspectTermRule *copy = copy_rows(rows, count, sizeof(*rows));

	for (int i = 0; i < count; i++)
		copy[i].term = pstrdup(rows[i].term);
	return copy;
}

static const SpamKeywordRule *
copy_spam(const SpamKeywordRule *rows, int count)
{
	SpamKeywordRule *copy = copy_rows(rows, count, sizeof(*rows));

	for (int i = 0; i < count; i++)
		copy[i].keyword = pstrdup(rows[i].keyword);
	return copy;
}

static const SlangRule *
copy_slang(const SlangRule *rows, int count)
{
	SlangRule *copy = copy_rows(rows, count, sizeof(*rows));

	for (int i = 0; i < count; i++)
	{
		copy[i].source = pstrdup(rows[i].source);
		copy[i].formal = pstrdup(rows[i].formal);
	}
	return copy;
}

static const StopWordRule *
copy_stop_words(const StopWordRule *rows, int count)
{
	StopWordRule *copy = copy_rows(rows, count, sizeof(*rows));

	for (int i = 0; i < count; i++)
		copy[i].word = pstrdup(rows[i].word);
	return copy;
}

void
dictionary_source_copy(DictionarySource *copy, const DictionarySource *source)
{
	*copy = *source;
	copy->aspects = copy_aspects(source->aspects, source->aspect_count);
	copy->sentiments =
		copy_sentiments(source->sentiments, source->sentiment_count);
	copy->spam = copy_spam(source->spam, source->spam_count);
	copy->slang = copy_slang(source->slang, source->slang_count);
	copy->stop_words =
		copy_stop_words(source->stop_words, source->stop_word_count);
}
