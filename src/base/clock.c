/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the program and the two written forms of a time. */
#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic int64_t standing; /* 0: the wall clock goes */

void clock_set(int64_t seconds)
{
	standing = seconds;
}

int64_t clock_now(void)
{
	struct timespec now;

	if (standing)
		return standing;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t clock_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_sleep(int64_t milliseconds)
{
	struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

void clock_iso(int64_t seconds, char ret[CLOCK_ISO_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	if (strftime(ret, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		ret[0] = '\0';
}

void clock_date(int64_t seconds, char ret[11])
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(seconds, iso);
	snprintf(ret, 11, "%.10s", iso);
}

/* Takes exactly n digits off the front. */
static bool take_digits(str *s, size_t n, int *ret)
{
	*ret = 0;
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*ret = *ret * 10 + (s->p[i] - '0');
	}
	*s = str_slice(*s, n, s->n);
	return true;
}

static bool take_char(str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_slice(*s, 1, s->n);
	return true;
}

static void skip_fraction(str *s)
{
	if (!take_char(s, '.') && !take_char(s, ','))
		return;
	while (s->n && s->p[0] >= '0' && s->p[0] <= '9')
		*s = str_slice(*s, 1, s->n);
}

/* Z, +hh:mm, -hhmm or +hh; nothing more may follow. */
static bool take_zone(str *s, int *ret_seconds)
{
	int hours, minutes = 0, sign;

	*ret_seconds = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return s->n == 0;
	sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0;
	if (sign == 0 || !take_digits(s, 2, &hours))
		return false;
	take_char(s, ':');
	if (s->n && !take_digits(s, 2, &minutes))
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return s->n == 0;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool clock_parse(str text, int64_t *ret)
{
	int year, month, day, hour, minute, second = 0, zone;
	bool dashes;

	if (!take_digits(&text, 4, &year))
		return false;
	dashes = take_char(&text, '-');
	if (!take_digits(&text, 2, &month) || (dashes && !take_char(&text, '-')) ||
	    !take_digits(&text, 2, &day) || (dashes && !take_char(&text, 'T')))
		return false;
	if (!take_digits(&text, 2, &hour) || (dashes && !take_char(&text, ':')) ||
	    !take_digits(&text, 2, &minute))
		return false;
	if (dashes ? !take_char(&text, ':') || !take_digits(&text, 2, &second)
		   : text.n && text.p[0] >= '0' && text.p[0] <= '9' &&
			     !take_digits(&text, 2, &second))
		return false;
	skip_fraction(&text);
	if (!take_zone(&text, &zone))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 ||
	    second > 60)
		return false;
	*ret = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;
	return true;
}
