/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in a text that a person wrote: collected, sorted by place, shown with the line and a
 * caret. */
#ifndef CONFIG_YAML_DIAG_H
#define CONFIG_YAML_DIAG_H

#include <stdio.h>

#include "base/err.h"
#include "base/list.h"

#define DIAG_MAX 100

/* A place in a file; line and column count from 1, the column in characters. line 0: the file as a
 * whole. */
struct source_pos {
	const char *file;
	uint32_t line, column;
};

struct diag {
	struct source_pos pos;
	bool warning;
	const char *text;
};

struct diag_source {
	const char *file;
	str text;
};

/* A stretch of a file that is never shown: from a place up to, not including, line:column. */
struct diag_mask {
	struct source_pos from;
	uint32_t line, column;
};

/* Zero-initialise; diag_clear frees. `items` is sorted by file, line and column. */
struct diagnostics {
	LIST(struct diag) items; /* the first DIAG_MAX of them, by place */
	LIST(struct diag_source) sources;
	LIST(struct diag_mask) masks;
	size_t errors, warnings; /* all that were added, shown or not */
	struct arena arena;
};

void diag_clear(struct diagnostics *f);
/* Makes a file's lines known; the text must outlive the faults. */
void diag_source(struct diagnostics *f, const char *file, str text);
/* Hides a stretch in every source line that is shown: a secret that was written in plain text. */
void diag_mask(struct diagnostics *f, struct source_pos from, uint32_t line, uint32_t column);
/* The text says what was met, what was expected and what to write; without a full stop, in one
 * line. */
void diag_add(struct diagnostics *f, struct source_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Something to know that does not keep the file from being used. */
void diag_warn(struct diagnostics *f, struct source_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * The source line of a mark, fit for a terminal: control characters replaced, secrets covered
 * (those that were masked, and by their look the values of keys such as `password:`), long lines
 * cut around the place. ret_column: the index of the marked character in it, in characters. Empty
 * when the line is not known.
 */
str diag_line(const struct diagnostics *f, struct source_pos pos, struct arena *arena,
	      size_t *ret_column);
/* FILE:LINE:COL: error: text, the line, a caret; for each fault. */
void diag_print(const struct diagnostics *f, FILE *to, bool colour);
/* For callers that pass on one error only: the first fault and how many more there are. -1 with
 * CODE_CONFIG. */
int diag_err(const struct diagnostics *f, struct err *err);

/*
 * The word among `words` that a person who wrote `met` may have meant: equal but for case and
 * `-`/`_`/blanks, or a few letters off. The empty view when none is near. `words` ends with NULL.
 */
str word_near(str met, const char *const *words);

#endif
