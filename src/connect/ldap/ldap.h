/* SPDX-License-Identifier: Apache-2.0 */
/* The door to LDAP directories: OpenLDAP, 389 Directory Server and Active Directory, as sources and
 * as homes of groups. */
#ifndef CONNECT_LDAP_LDAP_H
#define CONNECT_LDAP_LDAP_H

#include "connect/connect.h"

extern const struct connector ldap_connector;

#endif
