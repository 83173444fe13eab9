/*-------------------------------------------------------------------------
 *
 * phone_number.c
 *	  Mobile numbers of Vietnam in a text.
 *
 * The mark between groups must be the same in all of a number, so that a date
 * and a time ("08.12.2023 10:30") are not taken for one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/phone_number.h"

#define LONGEST_NUMBER 11
#define COUNTRY_CODE "84"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_separator(char c)
{
	return c == '.' || c == '-' || c == ' ';
}

/*
 * Collect digits, with single separators of one kind between, into
 * digits[LONGEST_NUMBER]; returns how many, which is more if others follow.
 */
static int
collect_digits(const char *at, const char *end, int count, char *digits)
{
	char separator = '\0';

	for (; at < end; at++)
	{
		if (is_separator(*at) && at + 1 < end && is_digit(at[1]) &&
			(separator == '\0' || separator == *at))
		{
			if (count >= PHONE_NUMBER_DIGITS)
				return count; /* what follows is another number */
			separator = *at;
			continue;
		}
		if (!is_digit(*at))
			return count;
		if (count == LONGEST_NUMBER)
			return count + 1;
		digits[count++] = *at;
	}
	return count;
}

static bool
is_mobile(const char *digits, int count)
{
	if (digits[0] != '0')
		return false;
	if (count == PHONE_NUMBER_DIGITS)
		return strchr("35789", digits[1]) != NULL;
	return count == LONGEST_NUMBER && digits[1] == '1' &&
		   strchr("2689", digits[2]) != NULL;
}

/* Behind +84 or 84 and a separator, or NULL. */
static const char *
after_country_code(const char *at, const char *end)
{
	if (end - at < 3 || memcmp(at, COUNTRY_CODE, 2) != 0)
		return NULL;
	at += 2;
	while (at < end && (is_separator(*at) || *at == ')'))
		at++;
	if (at < end && *at == '0')
		at++;
	return at;
}

/* `at` is the first digit of a group. */
static bool
is_number_at(const char *at, const char *end)
{
	char digits[LONGEST_NUMBER] = "0";
	const char *national = after_country_code(at, end);

	if (national != NULL &&
		is_mobile(digits, collect_digits(national, end, 1, digits)))
		return true;
	return *at == '0' && is_mobile(digits, collect_digits(at, end, 0, digits));
}

/* The decimals of "1.0912345678" begin no number. */
static bool
begins_group(const char *text, const char *at)
{
	if (at == text)
		return true;
	if (is_digit(at[-1]))
		return false;
	return !((at[-1] == '.' || at[-1] == ',') && at - text >= 2 &&
			 is_digit(at[-2]));
}

bool
phone_number_in(const char *text, size_t length)
{
	const char *end = text + length;

	for (const char *at = text; at < end; at++)
		if ((*at == '0' || *at == '8') && begins_group(text, at) &&
			is_number_at(at, end))
			return true;
	return false;
}
