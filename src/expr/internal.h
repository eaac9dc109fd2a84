/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the filter parser hand to each other. Private to this folder. */
#ifndef EXPR_INTERNAL_H
#define EXPR_INTERNAL_H

#include "expr/scan.h"

/* At the scan's place, blanks before it passed over. A wrong operator is met with a guess. */
int scan_op(struct scan *s, enum filter_op *ret);
int scan_value(struct scan *s, struct filter_value *ret);

/*
 * May the path of a comparison be compared? A complex attribute that has a value gets path.sub
 * "value". at: where the path stands.
 */
int judge_path(struct scan *s, size_t at, struct filter_node *node);
/*
 * Does the value fit the attribute, and by which rule are they compared? Sets node->rule, and
 * turns the value into what the rule needs. at: where the value stands.
 */
int judge_value(struct scan *s, size_t at, struct filter_node *node);
/* The last step: what matching needs besides (filter.h, "made ready for matching"). */
void filter_node_prepare(struct scan *s, struct filter_node *node);

#endif
