/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the program and the two written forms of a time. */
#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
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

static const int64_t DAY = 24 * 3600, YEAR_0 = -62167219200, YEAR_10000 = 253402300800;

static void clock_put_digits(char *to, int n, int64_t number)
{
	while (n-- > 0) {
		to[n] = (char)('0' + number % 10);
		number /= 10;
	}
}

/* The other way round of days_of. By hand, because a list writes two times a resource. */
static void put_date(char ret[CLOCK_ISO_SIZE], int64_t days_from_year_0)
{
	/* Years begin in March here, and eras of 400 years with the year -400. */
	int64_t from_march = days_from_year_0 - 60 + 146097;
	int64_t era = from_march / 146097, of_era = from_march % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	clock_put_digits(ret, 4, year + (era - 1) * 400 + (month >= 10));
	clock_put_digits(ret + 5, 2, month < 10 ? month + 3 : month - 9);
	clock_put_digits(ret + 8, 2, of_year - (153 * month + 2) / 5 + 1);
}

void clock_iso(int64_t seconds, char ret[CLOCK_ISO_SIZE])
{
	int64_t second;

	/* What is beyond four digits has no such form. */
	ret[0] = '\0';
	if (seconds < YEAR_0 || seconds >= YEAR_10000)
		return;
	second = (seconds - YEAR_0) % DAY;
	memcpy(ret, "0000-00-00T00:00:00Z", CLOCK_ISO_SIZE);
	put_date(ret, (seconds - YEAR_0) / DAY);
	clock_put_digits(ret + 11, 2, second / 3600);
	clock_put_digits(ret + 14, 2, second / 60 % 60);
	clock_put_digits(ret + 17, 2, second % 60);
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

static bool is_digit_next(str s)
{
	return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

/* A point or comma and the digits after it; false when there are none. */
static bool skip_fraction(str *s)
{
	if (!take_char(s, '.') && !take_char(s, ','))
		return true;
	if (!is_digit_next(*s))
		return false;
	while (is_digit_next(*s))
		*s = str_slice(*s, 1, s->n);
	return true;
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
	return s->n == 0 && hours <= 14 && minutes <= 59;
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

struct moment {
	int year, month, day, hour, minute, second;
};

static bool take_date_time(str *s, struct moment *m)
{
	return take_digits(s, 4, &m->year) && take_char(s, '-') && take_digits(s, 2, &m->month) &&
	       take_char(s, '-') && take_digits(s, 2, &m->day) && take_char(s, 'T') &&
	       take_digits(s, 2, &m->hour) && take_char(s, ':') && take_digits(s, 2, &m->minute) &&
	       take_char(s, ':') && take_digits(s, 2, &m->second);
}

/* YYYYMMDDHH[MM[SS]], RFC 4517 section 3.3.13. */
static bool take_generalized(str *s, struct moment *m)
{
	if (!take_digits(s, 4, &m->year) || !take_digits(s, 2, &m->month) ||
	    !take_digits(s, 2, &m->day) || !take_digits(s, 2, &m->hour))
		return false;
	if (is_digit_next(*s) && !take_digits(s, 2, &m->minute))
		return false;
	return !is_digit_next(*s) || take_digits(s, 2, &m->second);
}

static int days_in_month(int year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* A leap second and xsd's 24:00:00 are times; the 30th of February is none. */
static bool is_moment(const struct moment *m)
{
	if (m->month < 1 || m->month > 12 || m->day < 1 ||
	    m->day > days_in_month(m->year, m->month))
		return false;
	if (m->hour == 24)
		return m->minute == 0 && m->second == 0;
	return m->hour < 24 && m->minute < 60 && m->second <= 60;
}

bool clock_parse(str text, int64_t *ret)
{
	struct moment m = {0};
	bool dashes = text.n > 4 && text.p[4] == '-';
	int zone;

	if (!(dashes ? take_date_time(&text, &m) : take_generalized(&text, &m)))
		return false;
	if (!skip_fraction(&text) || !take_zone(&text, &zone) || !is_moment(&m))
		return false;
	*ret = days_of(m.year, m.month, m.day) * 86400 + m.hour * 3600 + m.minute * 60 + m.second -
	       zone;
	return true;
}
