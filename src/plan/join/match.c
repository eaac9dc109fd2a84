/* SPDX-License-Identifier: Apache-2.0 */
/* First meetings: the target is searched once, by the match keys of those users that no link
 * remembers. */
#include <string.h>

#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/join/internal.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

/*
 * Key 0 is muster's mark; with invitations key 1 is the address; then come the paths of `match`. A
 * key is looked for by the keyed hash of its number and value.
 */
enum { KEY_MARK = 0, KEY_ADDRESS = 1 };

struct sought {
	uint64_t hash; /* 0: free */
	uint32_t want;
	uint32_t key;
};

struct meeting {
	uint32_t want, key, target;
};

struct match_search {
	struct plan_context *w;
	struct person person; /* whose values are looked at */
	struct sought *slots;
	size_t size, count;
	uint32_t first_path; /* the key of match[0] */
	LIST(struct meeting) meetings;
	uint32_t *keys_of_name; /* by target name number: bits of the keys that look at it */
	uint64_t *sieve; /* a bit for each value that is sought, by its place */
};

enum { SIEVE_BITS = 20 };

static uint64_t eight_bytes(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

static uint64_t few_bytes(str value)
{
	uint64_t word = 0;

	for (size_t i = 0; i < value.n; i++)
		word = word << 8 | (unsigned char)value.p[i];
	return word;
}

/*
 * The bit of a value in the sieve, which spares most values of the target the keyed hash. It must
 * be the same for texts that differ in case, so only ASCII has one. False: it has none.
 */
static bool sieve_place(str value, uint32_t *ret)
{
	const uint64_t lower = 0x2020202020202020ULL, high = 0x8080808080808080ULL;
	const uint64_t spread = 0x9e3779b97f4a7c15ULL;
	uint64_t last = value.n < 8 ? few_bytes(value) : eight_bytes(value.p + value.n - 8);
	uint64_t all = last, mix = ((last | lower) ^ value.n) * spread;

	for (size_t i = 0; i + 8 < value.n; i += 8) {
		uint64_t word = eight_bytes(value.p + i);

		all |= word;
		mix = ((mix ^ mix >> 32) ^ (word | lower)) * spread;
	}
	*ret = (uint32_t)(mix >> (64 - SIEVE_BITS));
	return !(all & high);
}

static bool may_be_sought(const struct match_search *s, str value)
{
	uint32_t place;

	return !sieve_place(value, &place) || (s->sieve[place / 64] >> place % 64 & 1);
}

static uint64_t key_hash(const struct plan_context *w, uint32_t key, str value, bool exact)
{
	struct plan_attribute name = {
		.fold = !exact,
		.key = {w->memory->key.k0 + key + 1, w->memory->key.k1},
	};

	return value_digest(&(struct plan_value){&name, value}) | 1;
}

static void sought_put(struct match_search *s, struct sought sought)
{
	size_t at = sought.hash >> 8 & (s->size - 1);

	while (s->slots[at].hash)
		at = (at + 1) & (s->size - 1);
	s->slots[at] = sought;
	s->count++;
}

static void seek(struct match_search *s, uint32_t want, uint32_t key, str value, bool exact)
{
	struct sought *old = s->slots;
	size_t old_size = s->size;
	uint32_t place;

	if (value.n == 0)
		return;
	if (sieve_place(value, &place))
		s->sieve[place / 64] |= 1ULL << place % 64;
	if (s->count * 2 >= s->size) {
		s->size = old_size ? old_size * 2 : 64;
		s->slots = mem_alloc(s->size, sizeof *s->slots);
		s->count = 0;
		for (size_t i = 0; i < old_size; i++)
			if (old[i].hash)
				sought_put(s, old[i]);
		free(old);
	}
	sought_put(s, (struct sought){key_hash(s->w, key, value, exact), want, key});
}

static str source_id_of(const struct plan_context *w, uint32_t row, char space[37])
{
	return snapshot_id(w->source, &w->source->users.items[row], space);
}

static bool is_exact(str path)
{
	return str_equal(path, STR(PATH_EXTERNALID));
}

/* A value of `match` is that of the desired entry; externalId is the mark, and what the source
 * calls so itself. */
static void seek_path(struct match_search *s, uint32_t key, str path)
{
	const struct person *p = &s->person;
	char space[PATH_SPACE], id[37];

	if (is_exact(path)) {
		seek(s, p->row, key, desired_value(p, path), true);
		seek(s, p->row, key, fields_value(&p->fields, path), true);
		seek(s, p->row, key, source_id_of(s->w, p->row, id), true);
		return;
	}
	list_each (struct plan_value, v, &p->desired)
		if (str_equal(v->attribute->path, path) ||
		    str_equal(path_bare(v->attribute->path, space), path))
			seek(s, p->row, key, v->text, false);
}

static bool seek_user(struct match_search *s, uint32_t row)
{
	struct plan_context *w = s->w;
	struct person *p = &s->person;
	struct err err;
	char id[37];

	if (person_build(w, row, p, &err) < 0)
		return false;
	seek(s, row, KEY_MARK, source_id_of(w, row, id), true);
	seek(s, row, KEY_MARK, desired_value(p, STR(PATH_EXTERNALID)), true);
	if (by_invitation(w))
		seek(s, row, KEY_ADDRESS, buf_str(&p->address), false);
	for (size_t i = 0; i < w->policy->match.count; i++)
		seek_path(s, s->first_path + (uint32_t)i, w->policy->match.items[i]);
	return true;
}

/* Which keys look at a name of the target: a bit each; a policy with more match paths than bits is
 * not believable. */
static void keys_of_names(struct match_search *s)
{
	const struct plan_context *w = s->w;
	char space[PATH_SPACE];

	s->keys_of_name = mem_alloc(w->target->names.count, sizeof *s->keys_of_name);
	for (uint32_t n = 0; n < w->target->names.count; n++) {
		str path = w->attributes.target[n].path, bare = path_bare(path, space);
		uint32_t *keys = &s->keys_of_name[n];

		if (str_equal(path, STR(FIELD_MARK)) || str_equal(path, STR(PATH_EXTERNALID)))
			*keys |= 1u << KEY_MARK;
		if (by_invitation(w) &&
		    (str_equal(bare, STR(PATH_EMAILS)) || str_equal(path, STR(PATH_USERNAME)) ||
		     str_equal(path, STR(FIELD_LOGIN))))
			*keys |= 1u << KEY_ADDRESS;
		for (size_t i = 0; i < w->policy->match.count; i++)
			if (str_equal(path, w->policy->match.items[i]) ||
			    str_equal(bare, w->policy->match.items[i]))
				*keys |= 1u << (s->first_path + i);
	}
}

static void meet(struct match_search *s, uint32_t target, uint32_t key, str value)
{
	bool exact = key == KEY_MARK || (key >= s->first_path &&
					 is_exact(s->w->policy->match.items[key - s->first_path]));
	uint64_t hash = key_hash(s->w, key, value, exact);
	size_t at = hash >> 8 & (s->size - 1);

	for (; s->slots[at].hash; at = (at + 1) & (s->size - 1))
		if (s->slots[at].hash == hash)
			list_push(&s->meetings, ((struct meeting){s->slots[at].want, key, target}));
}

static void meet_all(struct match_search *s)
{
	const struct snapshot *target = s->w->target;

	for (uint32_t row = 0; row < target->users.count; row++) {
		struct field_walk walk = field_walk_begin(target, &target->users.items[row]);
		uint32_t number;
		str value;

		rows_passed(s->w, row);
		if (target->users.items[row].flags & ENTRY_PLACEHOLDER)
			continue;
		while (field_next(&walk, &number, &value)) {
			uint32_t keys = value.n ? s->keys_of_name[number] : 0;

			if (!keys || !may_be_sought(s, value))
				continue;
			for (; keys; keys &= keys - 1)
				meet(s, row, (uint32_t)__builtin_ctz(keys), value);
		}
	}
}

static int compare_meetings(const void *a, const void *b)
{
	const struct meeting *x = a, *y = b;

	if (x->want != y->want)
		return x->want < y->want ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->target < y->target ? -1 : x->target > y->target;
}

static const char *key_words(const struct match_search *s, uint32_t key)
{
	if (key == KEY_MARK)
		return "muster's mark";
	if (key < s->first_path)
		return "address";
	return arena_text(&s->w->arena, s->w->policy->match.items[key - s->first_path]);
}

static void doubt_user(struct match_search *s, uint32_t want, str why)
{
	struct plan_context *w = s->w;

	w->wants[want].state = WANT_DOUBTFUL;
	notice_add(w, NOTICE_DOUBTFUL, source_label(w, ENTRY_USER, want), "%.*s", STR_ARG(why));
}

static str account_words(struct plan_context *w, uint32_t row)
{
	char space[37];

	return plan_text(w, "%.*s (id %.*s)", STR_ARG(target_label(w, ENTRY_USER, row)),
			 STR_ARG(snapshot_id(w->target, &w->target->users.items[row], space)));
}

static void doubt_two(struct match_search *s, const struct meeting *first, uint32_t second)
{
	str one = account_words(s->w, first->target), other = account_words(s->w, second);
	bool in_order = str_compare(one, other) < 0;

	doubt_user(s, first->want,
		   plan_text(s->w, "%s meets two: %.*s and %.*s", key_words(s, first->key),
			     STR_ARG(in_order ? one : other), STR_ARG(in_order ? other : one)));
}

/* An account that another person of the source has is not free; one whose person is gone is: a
 * rehire. */
static bool is_account_free(const struct plan_context *w, uint32_t target, bool *ret_returns)
{
	const struct have *have = &w->haves[target];

	*ret_returns = have->link != ROW_NONE;
	if (have->source == ROW_NONE)
		return true;
	return w->wants[have->source].state == WANT_NOT ||
	       w->wants[have->source].state == WANT_INACTIVE;
}

/* The values of a user under one key. */
static void key_values(struct match_search *s, uint32_t row, uint32_t key, value_list *ret)
{
	static const struct plan_attribute exact = {0}, folded = {.fold = true};
	struct plan_context *w = s->w;
	const struct person *p = &s->person;
	char space[PATH_SPACE];
	struct err err;
	str path;

	if (person_build(w, row, &s->person, &err) < 0)
		return;
	if (key < s->first_path) {
		list_push(ret, ((struct plan_value){&folded, plan_copy(w, buf_str(&p->address))}));
		return;
	}
	path = w->policy->match.items[key - s->first_path];
	list_each (struct plan_value, v, &p->desired)
		if (str_equal(v->attribute->path, path) ||
		    str_equal(path_bare(v->attribute->path, space), path))
			list_push(ret, ((struct plan_value){is_exact(path) ? &exact : &folded,
							    plan_copy(w, v->text)}));
}

/* A name or an address that is about to pass to somebody else: whoever has the account now will no
 * longer have it. */
static bool is_handed_on(struct match_search *s, const struct meeting *m)
{
	uint32_t holder = s->w->haves[m->target].source;
	value_list wanted = {0}, kept = {0};
	bool stays = false;

	if (m->key == KEY_MARK || !s->w->policy->manage_users || holder == ROW_NONE ||
	    s->w->wants[holder].state != WANT_YES)
		return false;
	key_values(s, m->want, m->key, &wanted);
	key_values(s, holder, m->key, &kept);
	list_each (struct plan_value, a, &wanted)
		list_each (struct plan_value, b, &kept)
			stays = stays || values_are_equal(a, b);
	list_clear(&wanted);
	list_clear(&kept);
	return !stays;
}

static size_t drop_handed_on(struct match_search *s, struct meeting *first, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_handed_on(s, &first[i]))
			first[kept++] = first[i];
	return kept;
}

/* The meetings of one user, sorted by key: the first key that meets anybody decides. */
static void decide_meeting(struct match_search *s, const struct meeting *first, size_t count)
{
	struct plan_context *w = s->w;
	struct want *want = &w->wants[first->want];
	bool returns;

	for (size_t i = 1; i < count && first[i].key == first->key; i++) {
		if (first[i].target == first->target)
			continue;
		doubt_two(s, first, first[i].target);
		return;
	}
	if (!is_account_free(w, first->target, &returns)) {
		doubt_user(s, first->want,
			   plan_text(w, "%s meets %.*s, which is linked to %.*s",
				     key_words(s, first->key),
				     STR_ARG(account_words(w, first->target)),
				     STR_ARG(source_place(w, ENTRY_USER,
							  w->haves[first->target].source))));
		return;
	}
	want->target = first->target;
	want->met_by = (uint8_t)first->key;
	want->flags |= WANT_MET;
	if (first->key == KEY_MARK)
		want->flags |= WANT_MARKED;
	if (returns)
		want->flags |= WANT_RETURNS;
}

/* Two people of the source met one account: the mark beats other keys, else both are doubtful. */
static void settle_rivals(struct match_search *s, uint32_t a, uint32_t b)
{
	struct plan_context *w = s->w;
	uint32_t pair[] = {a, b}, target = w->wants[b].target;
	bool marked[] = {w->wants[a].flags & WANT_MARKED, w->wants[b].flags & WANT_MARKED};

	for (int i = 0; i < 2; i++) {
		if (marked[i] && !marked[1 - i])
			continue;
		w->wants[pair[i]].target = ROW_NONE;
		w->wants[pair[i]].flags &= (uint8_t) ~(WANT_MET | WANT_RETURNS | WANT_MARKED);
		if (w->wants[pair[i]].state != WANT_DOUBTFUL)
			doubt_user(s, pair[i],
				   plan_text(w, "%s meets %.*s, and so does %.*s",
					     key_words(s, w->wants[pair[i]].met_by),
					     STR_ARG(account_words(w, target)),
					     STR_ARG(source_place(w, ENTRY_USER, pair[1 - i]))));
	}
}

/* Who was met has the account now; whoever had it before is gone, and the link with him. */
static void take_over(struct plan_context *w)
{
	for (uint32_t row = 0; row < w->source->users.count; row++) {
		struct want *want = &w->wants[row];
		struct have *have;

		if (!(want->flags & WANT_MET) || w->haves[want->target].source == row)
			continue;
		have = &w->haves[want->target];
		if (have->source != ROW_NONE)
			w->wants[have->source].target = w->wants[have->source].link = ROW_NONE;
		if (have->link != ROW_NONE)
			w->link_states[have->link] |= LINK_TAKEN;
		have->source = row;
	}
}

static void settle_all_rivals(struct match_search *s)
{
	struct plan_context *w = s->w;
	uint32_t *met = mem_alloc(w->target->users.count, sizeof *met), target;

	for (uint32_t row = 0; row < w->source->users.count; row++) {
		struct want *want = &w->wants[row];

		if (!(want->flags & WANT_MET))
			continue;
		target = want->target;
		if (met[target])
			settle_rivals(s, met[target] - 1, row);
		if (want->target == target)
			met[target] = row + 1;
	}
	free(met);
	take_over(w);
}

/* Those who are met by the mark come first: what they are about to hand on is free for others. */
static void decide_meetings(struct match_search *s, bool by_mark)
{
	struct meeting *m = s->meetings.items;
	size_t count = s->meetings.count, kept;

	for (size_t i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count && m[i + n].want == m[i].want;)
			n++;
		if ((m[i].key == KEY_MARK) != by_mark)
			continue;
		kept = drop_handed_on(s, &m[i], n);
		if (kept)
			decide_meeting(s, &m[i], kept);
	}
	settle_all_rivals(s);
}

str met_words(struct plan_context *w, uint32_t row)
{
	struct match_search s = {.w = w, .first_path = by_invitation(w) ? 2 : 1};

	return str_of(key_words(&s, w->wants[row].met_by));
}

static bool is_sought(const struct want *want)
{
	return want->state == WANT_YES && want->target == ROW_NONE;
}

void match_users(struct plan_context *w)
{
	struct match_search s = {.w = w, .first_path = by_invitation(w) ? 2 : 1};
	bool any = false;

	s.sieve = mem_alloc((1u << SIEVE_BITS) / 64, sizeof *s.sieve);
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (is_sought(&w->wants[row]))
			any = seek_user(&s, row) || any;
	if (any && s.size) {
		keys_of_names(&s);
		meet_all(&s);
		if (s.meetings.count)
			qsort(s.meetings.items, s.meetings.count, sizeof *s.meetings.items,
			      compare_meetings);
		decide_meetings(&s, true);
		decide_meetings(&s, false);
	}
	free(s.slots);
	free(s.sieve);
	free(s.keys_of_name);
	list_clear(&s.meetings);
	person_clear(&s.person);
}
