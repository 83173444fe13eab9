/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Stage 1 of the analysis: what was written, as clean text and tokens.
 *
 * Takes the texts of a post in their order, has each scanned, told its
 * language and freed of slang, and joins them.  No rule is applied here, and
 * nothing is decided about the post but its signals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/characters.h"
#include "analysis/language.h"
#include "analysis/normal_form.h"
#include "analysis/phone_number.h"
#include "analysis/slang.h"
#include "analysis/text_scan.h"

#define MOST_COMMENTS (TEXT_MAX_PARTS - 2)

static const char part_separator[] = ". ";
#define PART_SEPARATOR_BYTES 2

typedef struct Preparation
{
	const Dictionary *dictionary;
	TextBuffer buffer;
	CleanText *text;
	size_t bytes_left;  /* of text.max_bytes */
	int raw_characters; /* of all that was read */
	int sentence_room;
	int author_digits;
} Preparation;

/* --- comments --- */

static bool
is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/*
 * The comments with the most likes, most first, of equal ones the earlier;
 * blank ones do not count.  Returns their number.
 */
static int
choose_comments(const PostText *post, int most,
				const PostComment *chosen[MOST_COMMENTS])
{
	int count = 0;

	most = Min(most, MOST_COMMENTS);
	for (int i = 0; i < post->comment_count && most > 0; i++)
	{
		const PostComment *comment = &post->comments[i];
		int place = count;

		if (is_blank(comment->text))
			continue;
		while (place > 0 &&
			   chosen[place - 1]->like_count < comment->like_count)
			place--;
		if (place == most)
			continue;
		count = Min(count + 1, most);
		for (int k = count - 1; k > place; k--)
			chosen[k] = chosen[k - 1];
		chosen[place] = comment;
	}
	return count;
}

/* --- sentences --- */

static void
add_sentence(Preparation *preparation, const Sentence *sentence)
{
	CleanText *text = preparation->text;

	if (text->sentence_count == preparation->sentence_room)
	{
		preparation->sentence_room *= 2;
		text->sentences = repalloc(
			text->sentences, preparation->sentence_room * sizeof(Sentence));
	}
	text->sentences[text->sentence_count++] = *sentence;
}

/*
 * Where a sentence ends: behind its last mark before the next one begins, or,
 * without a mark, at the white space that the end of a line has become.
 */
static uint32
sentence_end(const char *data, uint32 word_end, uint32 next_word)
{
	uint32 end = next_word;

	while (end > word_end && strchr(".!?", data[end - 1]) == NULL)
		end--;
	if (end > word_end)
		return end;
	while (end < next_word && data[end] != ' ')
		end++;
	return end;
}

static void
cut_sentences(Preparation *preparation, const TextPart *part)
{
	const char *data = preparation->buffer.data;
	const Token *tokens = preparation->buffer.tokens;
	Sentence sentence = {.start = part->start,
						 .first_token = part->first_token,
						 .part = preparation->text->part_count};

	for (int i = part->first_token + 1; i < part->end_token; i++)
	{
		if (tokens[i].boundary < BOUNDARY_SENTENCE)
			continue;
		sentence.end_token = i;
		sentence.end = sentence_end(data, tokens[i - 1].end, tokens[i].start);
		add_sentence(preparation, &sentence);
		sentence.first_token = i;
		sentence.start = sentence.end;
		while (sentence.start < tokens[i].start && data[sentence.start] == ' ')
			sentence.start++;
	}
	sentence.end_token = part->end_token;
	sentence.end = part->end;
	add_sentence(preparation, &sentence);
}

/* --- parts --- */

/* Leave out the marks and white space at the end of the last part. */
static void
trim_part(TextBuffer *buffer, TextPart *part)
{
	while (buffer->length > part->start &&
		   strchr(".!?;:, ", buffer->data[buffer->length - 1]) != NULL)
		buffer->length--;
	part->end = (uint32) buffer->length;
	for (int i = buffer->token_count - 1;
		 i >= part->first_token && buffer->tokens[i].start > part->end; i--)
		buffer->tokens[i].start = buffer->tokens[i].end = part->end;
}

/* A part of emoji alone lies at the end of the text before it. */
static void
drop_separator(TextBuffer *buffer, TextPart *part)
{
	buffer->length -= PART_SEPARATOR_BYTES;
	part->start = part->end = (uint32) buffer->length;
	for (int i = part->first_token; i < buffer->token_count; i++)
		buffer->tokens[i].start = buffer->tokens[i].end = part->end;
}

static void
scan_part(Preparation *preparation, const char *raw, size_t length,
		  ScanSummary *summary)
{
	TextBuffer *buffer = &preparation->buffer;
	char *normal;
	bool cut;

	text_buffer_reserve(buffer, text_scan_room(length));
	if (text_scan(preparation->dictionary, raw, length, false, buffer,
				  summary))
		return;
	normal = normal_form(raw, length, &length, &cut);
	text_buffer_reserve(buffer, text_scan_room(length));
	text_scan(preparation->dictionary, normal, length, true, buffer, summary);
	preparation->text->is_truncated |= cut;
	pfree(normal);
}

static void
understand_part(Preparation *preparation, const ScanSummary *summary,
				TextPart *part)
{
	TextBuffer *buffer = &preparation->buffer;

	language_decide(
		preparation->dictionary, buffer->tokens + part->first_token,
		buffer->token_count - part->first_token, summary->marked_words, part);
	if (summary->word_flags & WORD_SLANG)
		slang_replace(preparation->dictionary, buffer, part->first_token,
					  part->is_english);
}

static void
count_part(Preparation *preparation, const ScanSummary *summary,
		   const TextPart *part)
{
	CleanText *text = preparation->text;

	text->hashtag_count += summary->hashtags;
	text->emoji_count += summary->emoji;
	if (part->source == SOURCE_COMMENT)
		return;
	text->author_parts++;
	preparation->author_digits += summary->digits;
	if (part->source == SOURCE_TRANSCRIPTION)
		text->has_transcription = true;
}

/* Scan a text and append it as a part; without any token it is none. */
static void
append_part(Preparation *preparation, TextSource source, const char *raw,
			size_t length)
{
	TextBuffer *buffer = &preparation->buffer;
	CleanText *text = preparation->text;
	TextPart *part = &text->parts[text->part_count];
	size_t length_before = buffer->length;
	ScanSummary summary;

	if (length_before > 0)
	{
		text_buffer_reserve(buffer, PART_SEPARATOR_BYTES);
		memcpy(buffer->data + buffer->length, part_separator,
			   PART_SEPARATOR_BYTES);
		buffer->length += PART_SEPARATOR_BYTES;
	}
	part->source = source;
	part->start = (uint32) buffer->length;
	part->first_token = buffer->token_count;
	scan_part(preparation, raw, length, &summary);
	if (buffer->token_count == part->first_token)
	{
		buffer->length = length_before;
		return;
	}
	understand_part(preparation, &summary, part);
	trim_part(buffer, part);
	if (part->end == part->start && length_before > 0)
		drop_separator(buffer, part);
	part->end_token = buffer->token_count;
	cut_sentences(preparation, part);
	text->part_count++;
	count_part(preparation, &summary, part);
}

/* Bytes of the text that may still be read: whole characters. */
static size_t
take_bytes(Preparation *preparation, const char *raw)
{
	size_t length = strlen(raw);

	if (length > preparation->bytes_left)
	{
		length = preparation->bytes_left;
		while (length > 0 && ((unsigned char) raw[length] & 0xC0) == 0x80)
			length--;
		preparation->text->is_truncated = true;
		preparation->bytes_left = length;
	}
	preparation->bytes_left -= length;
	return length;
}

static void
add_part(Preparation *preparation, TextSource source, const char *raw)
{
	size_t length;

	if (raw == NULL || raw[0] == '\0')
		return;
	length = take_bytes(preparation, raw);
	if (preparation->raw_characters > 0)
		preparation->raw_characters += PART_SEPARATOR_BYTES;
	preparation->raw_characters += characters_count(raw, length);
	append_part(preparation, source, raw, length);
}

/* --- the whole text --- */

/* An estimate that spares most texts a second allocation. */
static size_t
estimate_bytes(const TextSettings *settings, const PostText *post,
			   const PostComment *const *comments, int comment_count)
{
	size_t bytes = 0;

	if (post->transcription != NULL)
		bytes += strlen(post->transcription);
	if (post->caption != NULL)
		bytes += strlen(post->caption);
	for (int i = 0; i < comment_count; i++)
		bytes += strlen(comments[i]->text);
	return text_scan_room(Min(bytes, (size_t) settings->max_bytes)) +
		   TEXT_MAX_PARTS * PART_SEPARATOR_BYTES;
}

static void
start_text(Preparation *preparation, const TextSettings *settings,
		   const Dictionary *dictionary, size_t bytes, CleanText *text)
{
	memset(text, 0, sizeof(*text));
	memset(preparation, 0, sizeof(*preparation));
	preparation->dictionary = dictionary;
	preparation->text = text;
	preparation->bytes_left = settings->max_bytes;
	preparation->sentence_room = 32;
	text->sentences = palloc(preparation->sentence_room * sizeof(Sentence));
	text_buffer_create(&preparation->buffer, bytes + 1);
}

static void
set_signals(Preparation *preparation, const TextSettings *settings)
{
	CleanText *text = preparation->text;
	uint32 author_bytes = 0;

	if (text->author_parts > 0)
		author_bytes = text->parts[text->author_parts - 1].end;
	text->author_length = text_characters(text, author_bytes);
	text->total_length =
		text->author_length + characters_count(text->data + author_bytes,
											   text->length - author_bytes);
	text->word_count = text->token_count - text->emoji_count;
	if (text->word_count > 0)
		text->hashtag_ratio =
			(double) text->hashtag_count / (double) text->word_count;
	if (preparation->raw_characters > 0)
		text->reduction_ratio =
			Max(0.0, 1.0 - (double) text->total_length /
							   (double) preparation->raw_characters);
	text->is_too_short = text->author_length < settings->min_length;
	text->has_phone = preparation->author_digits >= PHONE_NUMBER_DIGITS &&
					  phone_number_in(text->data, author_bytes);
}

static void
finish_text(Preparation *preparation, const TextSettings *settings)
{
	CleanText *text = preparation->text;
	TextBuffer *buffer = &preparation->buffer;

	text_buffer_reserve(buffer, 1);
	buffer->data[buffer->length] = '\0';
	text->data = buffer->data;
	text->length = (uint32) buffer->length;
	text->tokens = buffer->tokens;
	text->token_count = buffer->token_count;
	set_signals(preparation, settings);
}

void
text_prepare(const TextSettings *settings, const Dictionary *dictionary,
			 const PostText *post, CleanText *text)
{
	Preparation preparation;
	const PostComment *comments[MOST_COMMENTS];
	int comment_count =
		choose_comments(post, settings->max_comments, comments);

	characters_prepare();
	start_text(&preparation, settings, dictionary,
			   estimate_bytes(settings, post, comments, comment_count), text);
	add_part(&preparation, SOURCE_TRANSCRIPTION, post->transcription);
	add_part(&preparation, SOURCE_CAPTION, post->caption);
	for (int i = 0; i < comment_count; i++)
		add_part(&preparation, SOURCE_COMMENT, comments[i]->text);
	finish_text(&preparation, settings);
}

int
text_characters(const CleanText *text, uint32 bytes)
{
	return characters_count(text->data, Min(bytes, text->length));
}
