/*-------------------------------------------------------------------------
 *
 * phone_number.h
 *	  Mobile numbers of Vietnam in a text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PHONE_NUMBER_H
#define ANALYTICS_PHONE_NUMBER_H

#include "c.h"

/* Fewer digits are no number. */
#define PHONE_NUMBER_DIGITS 10

/*
 * Does the text hold one?  03, 05, 07, 08, 09, 012, 016, 018 or 019 and eight
 * digits; +84 or 84 may stand for the first 0; the same mark may stand
 * between groups: "0912.345.678", "+84 912 345 678".
 */
extern bool phone_number_in(const char *text, size_t length);

#endif /* ANALYTICS_PHONE_NUMBER_H */
