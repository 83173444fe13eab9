/*-------------------------------------------------------------------------
 *
 * property_rules.c
 *	  A set of rules to throw random texts at: some like the shipped ones,
 *	  some hundred made up of their words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>

#include "property_rules.h"
#include "random_text.h"

#undef snprintf
#undef fprintf

#define MADE_UP_TERMS 400
#define MOST_WORDS 2000

static const SentimentTermRule own_terms[] = {
	{"đẹp", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"tốt", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"tuyệt vời", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.9, 1},
	{"hài lòng", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.7, 1},
	{"không thể chê vào đâu được", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.9, 1},
	{"giá cao", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.4, 1},
	{"tệ", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.7, 1},
	{"lỗi", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.5, 1},
	{"thất vọng", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.8, 1},
	{"lừa đảo", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.9, 1},
	{"khỏe", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.5, 1},
	{"dep", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.5, 1},
	{"không", ROLE_NEGATOR, LANGUAGE_VIETNAMESE, 0, 1},
	{"khong", ROLE_NEGATOR, LANGUAGE_VIETNAMESE, 0, 1},
	{"chưa", ROLE_NEGATOR, LANGUAGE_VIETNAMESE, 0, 1},
	{"rất", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, 0, 1.4},
	{"quá", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, -0.1, 1.4},
	{"vãi", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, -0.2, 1.4},
	{"hơi", ROLE_SOFTENER, LANGUAGE_VIETNAMESE, 0, 0.5},
	{"khá", ROLE_SOFTENER, LANGUAGE_VIETNAMESE, 0, 0.8},
	{"nhưng", ROLE_CONTRAST, LANGUAGE_VIETNAMESE, 0, 1},
	{"tuy nhiên", ROLE_CONTRAST, LANGUAGE_VIETNAMESE, 0, 1},
	{"mặc dù", ROLE_CONCESSION, LANGUAGE_VIETNAMESE, 0, 1},
	{"cũng", ROLE_FILLER, LANGUAGE_VIETNAMESE, 0, 1},
	{"thì", ROLE_FILLER, LANGUAGE_VIETNAMESE, 0, 1},
	{"good", ROLE_TERM, LANGUAGE_ENGLISH, 0.6, 1},
	{"bad", ROLE_TERM, LANGUAGE_ENGLISH, -0.6, 1},
	{"waste of money", ROLE_TERM, LANGUAGE_ENGLISH, -0.8, 1},
	{"user-friendly", ROLE_TERM, LANGUAGE_ENGLISH, 0.5, 1},
	{"not", ROLE_NEGATOR, LANGUAGE_ENGLISH, 0, 1},
	{"don't", ROLE_NEGATOR, LANGUAGE_ENGLISH, 0, 1},
	{"very", ROLE_INTENSIFIER, LANGUAGE_ENGLISH, 0, 1.3},
	{"but", ROLE_CONTRAST, LANGUAGE_ENGLISH, 0, 1},
	{"although", ROLE_CONCESSION, LANGUAGE_ENGLISH, 0, 1},
	{"ok", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"😍", ROLE_TERM, LANGUAGE_ANY, 0.8, 1},
	{"❤️", ROLE_TERM, LANGUAGE_ANY, 0.7, 1},
	{"👎", ROLE_TERM, LANGUAGE_ANY, -0.7, 1},
	{":)", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"=))", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{":v", ROLE_TERM, LANGUAGE_ANY, 0.1, 1},
	{":/", ROLE_TERM, LANGUAGE_ANY, -0.3, 1},
	{"<3", ROLE_TERM, LANGUAGE_ANY, 0.7, 1},
	{"t_t", ROLE_TERM, LANGUAGE_ANY, -0.4, 1},
	{"^^", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"//", ROLE_TERM, LANGUAGE_ANY, -0.1, 1},
	{"¯\\_(ツ)_/¯", ROLE_TERM, LANGUAGE_ANY, -0.1, 1},
};

static const AspectTermRule aspects[] = {
	{"thiết kế", ASPECT_DESIGN, true},
	{"màu", ASPECT_DESIGN, true},
	{"màn hình", ASPECT_DESIGN, false},
	{"pin", ASPECT_PERFORMANCE, true},
	{"sạc", ASPECT_PERFORMANCE, false},
	{"trạm sạc", ASPECT_PERFORMANCE, true},
	{"giá", ASPECT_PRICE, true},
	{"giá cả", ASPECT_PRICE, true},
	{"bảo hành", ASPECT_SERVICE, true},
	{"nhân viên", ASPECT_SERVICE, true},
	{"giao hàng", ASPECT_SERVICE, false},
	{"customer service", ASPECT_SERVICE, true},
	{"battery", ASPECT_PERFORMANCE, true},
	{"sản phẩm", ASPECT_GENERAL, true},
};

static const SpamKeywordRule spam[] = {
	{"vay vốn"}, {"giải ngân"}, {"bán sim"}};

static const SlangRule slang[] = {
	{"ko", "không", false},
	{"k", "không", false},
	{"đc", "được", false},
	{"a", "anh", false},
	{"e", "em", false},
	{"ae", "anh em", false},
	{"thì ml", "thì", false},
	{"vl", "rất", false},
	{"sp", "sản phẩm", false},
	{"u", "you", true},
	{"idk", "i don't know", true},
	{"gr8", "great", true},
	{"lol", "laughing out loud", true},
};

static const StopWordRule stop_words[] = {
	{"và", false},    {"của", false},  {"là", false},  {"cho", false},
	{"không", false}, {"được", false}, {"này", false}, {"các", false},
	{"the", true},    {"and", true},   {"is", true},   {"of", true},
	{"you", true},    {"for", true},   {"with", true}, {"this", true},
};

static const IntentPatternRule patterns[] = {
	{"lừa\\s*đảo", INTENT_CRISIS, false, true},
	{"không.*lừa đảo", INTENT_CRISIS, true, true},
	{"tẩy chay", INTENT_CRISIS, false, true},
	{"vay vốn", INTENT_SEEDING, false, true},
	{"(03|05|07|08|09)[0-9]{8}", INTENT_SEEDING, false, true},
	{"bán sim", INTENT_SPAM, false, true},
	{"thất vọng", INTENT_COMPLAINT, false, true},
	{"lỗi.*không sửa", INTENT_COMPLAINT, false, true},
	{"waste of money", INTENT_COMPLAINT, false, false},
	{"giá.*bao nhiêu", INTENT_LEAD, false, true},
	{"bảo hành.*ở đâu", INTENT_SUPPORT, false, true},
};

static const AnalysisRules template = {
	.version = "rules-1",
	.text = {.min_length = 10, .max_bytes = 1048576, .max_comments = 5},
	.intent = {.confidence_base = 0.5, .confidence_step = 0.1},
	.keywords = {.dictionary_enough = 5, .maximum = 30, .similarity = 0.8},
	.sentiment =
		{
			.threshold_positive = 0.25,
			.threshold_negative = -0.25,
			.steepness = 6,
			.prior = 0.5,
			.negation_factor = 0.7,
			.negation_factor_negative = 0.4,
			.negator_valence = -0.15,
			.contrast_before = 0.5,
			.contrast_after = 1.5,
			.contrast_reach = 12,
			.exclamation_step = 0.1,
			.elongation_factor = 1.2,
			.capitals_factor = 1.2,
			.question_factor = 0.3,
			.comment_weight = 1,
			.negation_reach = 4,
			.aspect_reach = 60,
		},
	.impact =
		{
			.weight = {0.01, 1, 2, 5, 3, 0},
			.verified_factor = 1.2,
			.amplifier = {1.5, 1.0, 1.1},
			.raw_ceiling = 100000,
			.viral_threshold = 70,
			.kol_followers = 50000,
			.risk_high_impact = 70,
			.risk_medium_impact_negative = 40,
			.risk_medium_impact_other = 60,
		},
};

static const char *words[MOST_WORDS];
static int word_count = 0;

static void
remember(const char *word)
{
	if (word_count < MOST_WORDS)
		words[word_count++] = word;
}

static void
remember_all(void)
{
	if (word_count > 0)
		return;
	for (int i = 0; i < lengthof(own_terms); i++)
		remember(own_terms[i].term);
	for (int i = 0; i < lengthof(aspects); i++)
		remember(aspects[i].term);
	for (int i = 0; i < lengthof(spam); i++)
		remember(spam[i].keyword);
	for (int i = 0; i < lengthof(slang); i++)
		remember(slang[i].source);
	for (int i = 0; i < lengthof(stop_words); i++)
		remember(stop_words[i].word);
}

const char *const *
property_words(int *count)
{
	remember_all();
	*count = word_count;
	return words;
}

/* Two or three words of the others, of any role. */
static SentimentTermRule
make_up_term(RandomSource *source, int known)
{
	SentimentTermRule rule = {.factor = 1};
	char term[256];

	snprintf(
		term, sizeof(term), "%s %s%s%s", words[random_below(source, known)],
		words[random_below(source, known)],
		random_below(source, 2) == 0 ? "" : " ",
		random_below(source, 2) == 0 ? ""
									 : words[random_below(source, known)]);
	rule.term = pstrdup(term);
	rule.role = (SentimentRole) random_below(source, ROLE_FILLER + 1);
	rule.valence = (int) random_below(source, 21) / 10.0 - 1;
	rule.language = (TermLanguage) random_below(source, 3);
	remember(rule.term);
	return rule;
}

static IntentMatcher *
compile_intents(void)
{
	char error[512];
	int failed;
	IntentMatcher *matcher = intent_compile(patterns, lengthof(patterns), NULL,
											&failed, error, sizeof(error));

	if (matcher == NULL)
	{
		fprintf(stderr, "pattern %d: %s\n", failed, error);
		exit(2);
	}
	return matcher;
}

AnalysisRules *
property_rules(void)
{
	RandomSource source = {42};
	SentimentTermRule *terms = palloc((lengthof(own_terms) + MADE_UP_TERMS) *
									  sizeof(SentimentTermRule));
	DictionarySource rows = {
		aspects,    lengthof(aspects),
		terms,      lengthof(own_terms) + MADE_UP_TERMS,
		spam,       lengthof(spam),
		slang,      lengthof(slang),
		stop_words, lengthof(stop_words),
	};
	AnalysisRules *rules = palloc(sizeof(AnalysisRules));
	int known;

	property_words(&known);
	memcpy(terms, own_terms, sizeof(own_terms));
	for (int i = 0; i < MADE_UP_TERMS; i++)
		terms[lengthof(own_terms) + i] = make_up_term(&source, known);
	*rules = template;
	rules->dictionary = dictionary_build(&rows);
	rules->intents = compile_intents();
	return rules;
}
