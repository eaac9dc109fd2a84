/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of config: settings of a sync become its policy, and what no table can judge is checked.
 */
#ifndef CONFIG_POLICY_H
#define CONFIG_POLICY_H

#include "config/config.h"

/* Fills sync->policy from its settings and those of its systems, which may be NULL while there are
 * faults. */
void policy_fill(struct sync *sync, struct arena *arena);
void policy_clear(struct policy *policy);
/* Notes what contradicts itself or names what is not there. */
void config_check(const struct config *c, struct diagnostics *diags);

#endif
