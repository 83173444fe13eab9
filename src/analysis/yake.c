/*-------------------------------------------------------------------------
 *
 * yake.c
 *	  Statistical keywords by YAKE: candidates, their scores, the best ones.
 *
 * Candidates are the words of a text and pairs of words with nothing but a
 * space or a hyphen between them, without stop words.  The paper (see
 * yake_terms.c) lets stop words stand inside a candidate but not at its ends;
 * in two words there is no inside.
 *
 * Of candidates that are spelled nearly alike the best one stays.  The paper
 * tries three measures for it, and its authors' program offers them; we take
 * Levenshtein's, by which that program also answers to the name of its
 * default, the sequence matcher.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/similarity.h"
#include "analysis/yake.h"
#include "analysis/yake_terms.h"

/* Candidates looked at for each keyword wanted, that the rest is never. */
#define CANDIDATES_PER_KEYWORD 4

typedef struct Candidate
{
	double score; /* S(kw) */
	int first_token;
	int token_count;
	uint32 occurrences;
} Candidate;

/* --- the best first: a heap of candidates --- */

/* By score, then by place, so that the order is always the same. */
static inline bool
is_before(const Candidate *one, const Candidate *other)
{
	if (one->score != other->score)
		return one->score < other->score;
	if (one->first_token != other->first_token)
		return one->first_token < other->first_token;
	return one->token_count < other->token_count;
}

static void
sift_down(Candidate *heap, int count, int place)
{
	Candidate sinking = heap[place];

	for (int child = 2 * place + 1; child < count; child = 2 * place + 1)
	{
		if (child + 1 < count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &sinking))
			break;
		heap[place] = heap[child];
		place = child;
	}
	heap[place] = sinking;
}

static void
make_heap(Candidate *heap, int count)
{
	for (int place = count / 2 - 1; place >= 0; place--)
		sift_down(heap, count, place);
}

/* Take the best one off. */
static Candidate
pop(Candidate *heap, int *count)
{
	Candidate best = heap[0];

	heap[0] = heap[--*count];
	if (*count > 1)
		sift_down(heap, *count, 0);
	return best;
}

/* --- candidates --- */

/*
 * Equation 8: S(kw) = product of S(t) / (KF(kw) * (1 + sum of S(t))), over
 * the words t of kw; KF(kw) is how often kw occurs.
 */
static void
set_candidate(Candidate *candidate, double product, double sum,
			  uint32 occurrences, int first_token, int token_count)
{
	candidate->score = product / (occurrences * (1 + sum));
	candidate->first_token = first_token;
	candidate->token_count = token_count;
	candidate->occurrences = occurrences;
}

static Candidate *
list_candidates(const YakeDocument *document, int *count)
{
	Candidate *candidates =
		palloc(Max(document->term_count + document->pair_count, 1) *
			   sizeof(Candidate));
	Candidate *next = candidates;

	for (int i = 0; i < document->term_count; i++)
	{
		const YakeTerm *term = &document->terms[i];

		if (!term->is_stop_word)
			set_candidate(next++, term->score, term->score, term->count,
						  term->first_token, 1);
	}
	for (int i = 0; i < document->pair_count; i++)
	{
		const YakePair *pair = &document->pairs[i];
		const YakeTerm *left = &document->terms[pair->left];
		const YakeTerm *right = &document->terms[pair->right];

		if (!left->is_stop_word && !right->is_stop_word)
			set_candidate(next++, left->score * right->score,
						  left->score + right->score, pair->count,
						  pair->first_token, 2);
	}
	*count = (int) (next - candidates);
	return candidates;
}

/* --- selection --- */

static void
spell(const CleanText *text, const Candidate *candidate, Spelling *spelling)
{
	spelling->length = 0;
	spelling->letters = 0;
	for (int i = 0; i < candidate->token_count; i++)
	{
		const Token *token = &text->tokens[candidate->first_token + i];

		if (i > 0)
			spelling_add(spelling, " ", 1);
		spelling_add(spelling, text->data + token->start,
					 token->end - token->start);
	}
}

static bool
is_like_any(const Spelling *spellings, int count, const Spelling *spelling,
			const SimilarityLimit *limit)
{
	for (int i = 0; i < count; i++)
		if (spelling_is_similar(&spellings[i], spelling, limit))
			return true;
	return false;
}

/* Move the best different ones out of the candidates. */
static int
select_keywords(const CleanText *text, Candidate *candidates,
				int candidate_count, double similarity, int wanted,
				YakeKeyword *keywords)
{
	Spelling *spellings = palloc(wanted * sizeof(Spelling));
	SimilarityLimit limit;
	int looks = CANDIDATES_PER_KEYWORD * wanted;
	int count = 0;

	similarity_limit(similarity, &limit);
	make_heap(candidates, candidate_count);
	while (count < wanted && candidate_count > 0 && looks-- > 0)
	{
		Candidate best = pop(candidates, &candidate_count);
		YakeKeyword *keyword = &keywords[count];

		spell(text, &best, &spellings[count]);
		if (is_like_any(spellings, count, &spellings[count], &limit))
			continue;
		keyword->first_token = best.first_token;
		keyword->token_count = best.token_count;
		keyword->occurrences = (int) best.occurrences;
		keyword->yake = best.score;
		count++;
	}
	pfree(spellings);
	return count;
}

YakeKeyword *
yake_extract(const Dictionary *dictionary, const CleanText *text, int limit,
			 double similarity, int *count)
{
	YakeKeyword *keywords = palloc(Max(limit, 1) * sizeof(YakeKeyword));
	YakeDocument document;
	Candidate *candidates;
	int candidate_count;

	*count = 0;
	if (limit <= 0)
		return keywords;
	yake_document_read(&document, dictionary, text);
	candidates = list_candidates(&document, &candidate_count);
	*count = select_keywords(text, candidates, candidate_count, similarity,
							 limit, keywords);
	pfree(candidates);
	yake_document_free(&document);
	return keywords;
}
