/* SPDX-License-Identifier: Apache-2.0 */
/* The connector for SCIM 2.0 services (RFC 7643, 7644, 9865), as a source and as a target. */
#ifndef CONNECT_SCIM_SCIM_H
#define CONNECT_SCIM_SCIM_H

#include "connect/connect.h"

extern const struct connector scim_connector;

#endif
