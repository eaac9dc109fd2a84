/* SPDX-License-Identifier: Apache-2.0 */
/* How long a plan takes and how much it holds: USERS people and MEMBERS memberships on both sides,
 * in orders of their own, one per cent changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "plan/diff/diff.h"
#include "plan/guard/guard.h"
#include "plan/internal.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double peak_megabytes(void)
{
	char line[256];
	double kilobytes = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kilobytes = strtod(line + 6, NULL);
	if (f)
		fclose(f);
	return kilobytes / 1024;
}

/* The kernel counts the peak anew from here (proc(5), clear_refs). */
static void peak_reset(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f) {
		fputs("5", f);
		fclose(f);
	}
}

/* The file pages of the spool are the page cache's, not ours. */
static double held_megabytes(void)
{
	char line[256];
	double kilobytes = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kilobytes = strtod(line + 8, NULL);
	if (f)
		fclose(f);
	return kilobytes / 1024;
}

__attribute__((format(printf, 2, 3))) static str print(char space[64], const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(space, 64, format, args);
	va_end(args);
	return str_make(space, (size_t)n);
}

static void put_user(struct snapshot *s, size_t i, bool target, bool changed)
{
	char space[64];
	struct err err;
	uint32_t row;
	str id;

	snapshot_begin(s);
	snapshot_field(s, STR(PATH_USERNAME), print(space, "user%zu@example.com", i));
	snapshot_field(s, STR(PATH_DISPLAYNAME), print(space, "Display Name %zu", i));
	snapshot_field(s, STR("name.givenName"), print(space, "Given %zu", i));
	snapshot_field(s, STR("name.familyName"), print(space, "Family %zu", i));
	snapshot_field(s, STR(PATH_EMAILS), print(space, "user%zu@example.com", i));
	snapshot_field(s, STR("title"), changed ? STR("Lead") : STR("Engineer"));
	snapshot_field(s, STR(ENTERPRISE_URN ":department"), print(space, "Dept %zu", i % 100));
	id = print(space,
		   target ? "00000000-0000-4000-8000-%012zx" : "00000000-0000-4000-9000-%012zx", i);
	if (snapshot_end(s, ENTRY_USER, id, 0, &row, &err) < 0)
		abort();
}

/* The target lists everything in an order of its own: what stands at `place` there. */
static size_t shuffled(size_t place, size_t count)
{
	return (place * 7919 + 13) % count;
}

static void put_groups(struct snapshot *s, size_t groups, bool target, uint32_t *ret_rows)
{
	char space[64];
	struct err err;

	for (size_t place = 0; place < groups; place++) {
		size_t g = target ? shuffled(place, groups) : place;

		snapshot_begin(s);
		snapshot_field(s, STR(PATH_DISPLAYNAME), print(space, "team %zu", g));
		if (snapshot_end(s, ENTRY_GROUP, print(space, target ? "tg%zu" : "sg%zu", g), 0,
				 &ret_rows[g], &err) < 0)
			abort();
	}
}

static void put_members(struct snapshot *s, size_t row, size_t person, size_t each, bool target,
			size_t groups, const uint32_t *rows)
{
	for (size_t k = 0; k < each; k++) {
		size_t group = (person * 7919 + k * 104729) % groups;

		if (person % 1000 == 5 && k == 0)
			group = (group + (target ? 1 : 0)) % groups;
		snapshot_edge(s, rows[group], false, (uint32_t)row, STR(""));
	}
}

/* One per cent of the users are changed at the source, one per mille are new or gone. */
static void fill(struct snapshot *s, size_t users, size_t groups, size_t members, bool target)
{
	uint32_t *rows = mem_alloc(groups, sizeof *rows);
	struct err err;

	if (snapshot_open(s, NULL, &err) < 0)
		abort();
	for (size_t row = 0; row < users; row++) {
		size_t person = target ? shuffled(row, users) : row + users / 1000;

		put_user(s, person, target, !target && row % 100 == 7);
	}
	put_groups(s, groups, target, rows);
	for (size_t row = 0; row < users; row++)
		put_members(s, row, target ? shuffled(row, users) : row + users / 1000,
			    members / users, target, groups, rows);
	free(rows);
	s->complete = true;
	if (snapshot_seal(s, &err) < 0)
		abort();
}

static void link_all(struct memory *m, struct snapshot *source, struct snapshot *target,
		     size_t users, size_t groups)
{
	char space[64];

	for (size_t i = 0; i < users; i++) {
		uint32_t from =
			intern_put(&source->ids, print(space, "00000000-0000-4000-9000-%012zx", i));
		uint32_t to =
			intern_put(&target->ids, print(space, "00000000-0000-4000-8000-%012zx", i));

		list_push(&m->users, ((struct link){from, to, 0, 0, LINK_CREATED}));
	}
	for (size_t g = 0; g < groups; g++) {
		uint32_t from = intern_put(&source->ids, print(space, "sg%zu", g));
		uint32_t to = intern_put(&target->ids, print(space, "tg%zu", g));

		list_push(&m->groups, ((struct link){from, to, 0, 0, LINK_CREATED}));
	}
}

struct stop {
	const char *name;
	double wall, cpu;
};

static struct stop stop_at(const char *name)
{
	return (struct stop){name, seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void run(const struct plan_input *in)
{
	struct plan plan = {0};
	struct stop stops[6];
	struct plan_context w;
	struct err err;

	stops[0] = stop_at("");
	context_init(&w, in, &plan);
	if (step_shape(&w, &err) < 0)
		abort();
	stops[1] = stop_at("shape");
	if (step_join(&w, &err) < 0)
		abort();
	stops[2] = stop_at("join");
	step_diff(&w);
	stops[3] = stop_at("diff");
	step_order(&w);
	stops[4] = stop_at("order");
	step_guard(&w);
	stops[5] = stop_at("guard");
	for (int i = 1; i <= 5; i++)
		printf("%s %.3f s (cpu %.3f), ", stops[i].name, stops[i].wall - stops[i - 1].wall,
		       stops[i].cpu - stops[i - 1].cpu);
	printf("join to guard %.3f s (cpu %.3f)\n", stops[5].wall - stops[1].wall,
	       stops[5].cpu - stops[1].cpu);
	printf("%zu changes: %llu create, %llu update, %llu disable, %llu add, %llu remove\n",
	       plan.changes.count, (unsigned long long)plan.counts.create,
	       (unsigned long long)plan.counts.update, (unsigned long long)plan.counts.disable,
	       (unsigned long long)plan.counts.members_add,
	       (unsigned long long)plan.counts.members_remove);
	context_clear(&w);
	plan_clear(&plan);
}

int main(int argc, char **argv)
{
	size_t users = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	size_t members = argc > 2 ? strtoul(argv[2], NULL, 10) : users * 10;
	size_t groups = argc > 3 ? strtoul(argv[3], NULL, 10) : users / 20;
	struct snapshot source, target;
	struct memory memory = {.key = {1, 2}};
	struct policy policy = {
		.sync = STR("bench"),
		.from = STR("from"),
		.to = STR("to"),
		.manage_users = true,
		.users_default = true,
		.leaver_first = LEAVER_DISABLE,
		.leaver_then = LEAVER_DELETE,
		.leaver_after = LEAVER_AFTER_UNSET,
		.guard = {.removals_count = 5,
			  .removals_percent = 10,
			  .team_percent = 20,
			  .team_from = 5,
			  .rewrites_percent = 30,
			  .rewrites_from = 10,
			  .invitations = 50,
			  .shrink = 10,
			  .min_admins = 1},
	};
	struct abilities abilities = {
		.flags = ABILITY_CREATE_USERS | ABILITY_UPDATE_USERS | ABILITY_DISABLE_USERS |
			 ABILITY_DELETE_USERS | ABILITY_GROUPS | ABILITY_MEMBERS,
	};
	double bytes;

	list_push(&policy.match, STR(PATH_EXTERNALID));
	list_push(&policy.match, STR(PATH_USERNAME));
	fill(&source, users, groups, members, false);
	fill(&target, users, groups, members, true);
	link_all(&memory, &source, &target, users, groups);
	printf("%zu users, %zu groups, %zu memberships on each side: %.0f MB loaded\n", users,
	       groups, source.edges.count, held_megabytes());
	printf("peak of loading %.0f MB\n", peak_megabytes());
	peak_reset();
	run(&(struct plan_input){&policy, &abilities, &source, &target, &memory, 1700000000});
	bytes = peak_megabytes() * 1024 * 1024;
	printf("peak %.0f MB; allowed: %.0f MB (160 B a user, 24 B a membership, 30 MB)\n",
	       bytes / 1048576,
	       (160.0 * (double)users + 24.0 * (double)source.edges.count) / 1048576 + 30);
	snapshot_close(&source);
	snapshot_close(&target);
	memory_clear(&memory);
	list_clear(&policy.match);
	return 0;
}
