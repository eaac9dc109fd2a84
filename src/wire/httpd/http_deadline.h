/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that take for ever to say what they want: their connections are cut, so that they hold no
 * place. */
#ifndef WIRE_HTTPD_HTTP_DEADLINE_H
#define WIRE_HTTPD_HTTP_DEADLINE_H

#include "base/err.h"

struct http_lines; /* all connections of a server */
struct http_line; /* one of them */

/* From the moment it is a client's turn, it has so many seconds for a whole request. */
int http_lines_open(unsigned seconds, struct http_lines **ret, struct err *err);
void http_lines_close(struct http_lines *lines); /* after the last line; NULL is fine */

/* A new connection: its client's turn. The descriptor stays open until http_line_close. */
struct http_line *http_line_open(struct http_lines *lines, int fd);
void http_line_close(struct http_lines *lines, struct http_line *line);
/* Whose turn it is; from any thread. */
void http_line_client(struct http_line *line);
void http_line_ours(struct http_line *line);

#endif
