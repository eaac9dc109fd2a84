/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the optional keys of an example configuration out of their comments. */
#ifndef TESTS_UNCOMMENT_H
#define TESTS_UNCOMMENT_H

#include "base/str.h"

/* One level of '#' goes from "#key" and "#  key", not from "# a remark"; false when there was none.
 */
bool uncomment(str text, struct buf *ret);
/* As often as there is something to take away. */
void uncomment_all(str text, struct buf *ret);

#endif
