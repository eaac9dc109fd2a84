/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names (RFC 4514): the key by which two spellings of one name are the same, and safe
 * building of new ones. */
#ifndef CONNECT_LDAP_SESSION_DN_H
#define CONNECT_LDAP_SESSION_DN_H

#include "base/arena.h"

#define DN_LIMIT (16 * 1024) /* bytes; what is longer is no name */

/*
 * Appends the key of a DN: types in lower case and by their short names (commonName, 2.5.4.3 ->
 * cn), values without case, blanks at their ends dropped and inner ones collapsed (RFC 4518 2.6.1),
 * the parts of a multi-valued RDN sorted, escapes in one form. False, and nothing appended, when
 * the text is no DN. The key is a DN itself, and its own key.
 */
bool dn_key(str dn, struct buf *key);
/* The same without the short cut for plain names: dn_key takes it where it must, tests compare the
 * two. */
bool dn_key_parsed(str dn, struct buf *key);

/* Appends a value as it must be written in a DN (RFC 4514 2.4). */
void dn_put_value(struct buf *b, str value);
/* The DN without its first RDN, a view; empty for a DN of one RDN. */
str dn_parent(str dn);
/* Type and value, unescaped, of the first part of the first RDN; false when there is none. */
bool dn_first(str dn, struct arena *arena, str *ret_type, str *ret_value);

#endif
