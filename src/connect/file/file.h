/* SPDX-License-Identifier: Apache-2.0 */
/* Roster files as a source: YAML with users and teams, or CSV with one membership a row. */
#ifndef CONNECT_FILE_FILE_H
#define CONNECT_FILE_FILE_H

#include "connect/connect.h"

extern const struct connector file_connector;

#endif
