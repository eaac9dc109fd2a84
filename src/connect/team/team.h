/* SPDX-License-Identifier: Apache-2.0 */
/* The connector for team APIs with invitations: one engine, and a profile file for each service. */
#ifndef CONNECT_TEAM_TEAM_H
#define CONNECT_TEAM_TEAM_H

#include "connect/connect.h"

extern const struct connector team_connector;

#endif
