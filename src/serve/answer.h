/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the service: JSON documents, and errors as SCIM words them (RFC 7644 3.12). */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "serve/request.h"

/* Each ends the request's part in `handle`, `read` or `write`; the bytes move out of `body`. */
void answer_json(struct request *r, int status, struct buf *body);
void answer_empty(struct request *r, int status);
/* With what the status asks for beside the body: WWW-Authenticate, Retry-After. */
void answer_error(struct request *r, const struct scim_error *error);
/* The same; `type` is the scimType, NULL for none. */
void answer_fail(struct request *r, int status, const char *type, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The document of an error alone, for what is answered inside another one. */
void error_write(const struct scim_error *error, struct buf *out);

#endif
