/* SPDX-License-Identifier: Apache-2.0 */
/* The SCIM API proper: what an identity provider may ask (RFC 7643, RFC 7644), over the inbox. */
#ifndef SERVE_SCIM_SCIM_H
#define SERVE_SCIM_SCIM_H

#include "serve/request.h"

/* Takes every path that nobody else takes. */
extern const struct api scim_api;

/* What it keeps from request to request, in service.scim: schemas, lists, the guard's sums. */
struct scim_server *scim_server_open(void);
void scim_server_close(struct scim_server *scim); /* NULL is fine */

#endif
