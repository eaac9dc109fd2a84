/* SPDX-License-Identifier: Apache-2.0 */
/* The connector `inbox`: what identity providers pushed to `muster serve`, as a source. */
#ifndef CONNECT_INBOX_INBOX_H
#define CONNECT_INBOX_INBOX_H

#include "connect/connect.h"

extern const struct connector inbox_connector;

#endif
