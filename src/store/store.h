/* SPDX-License-Identifier: Apache-2.0 */
/* The door of what we remember: the state file with its journal, and the inbox that identity
 * providers fill. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/db/db.h"
#include "store/inbox/inbox.h"
#include "store/state/state.h"

#endif
