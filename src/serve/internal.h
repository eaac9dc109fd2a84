/* SPDX-License-Identifier: Apache-2.0 */
/* The service as its own parts see it: what all APIs and all threads share. */
#ifndef SERVE_INTERNAL_H
#define SERVE_INTERNAL_H

#include "base/crypto.h"
#include "serve/clients.h"
#include "serve/metrics.h"
#include "serve/readers.h"
#include "serve/request.h"
#include "serve/serve.h"
#include "serve/workers.h"

struct scim_server;

struct service {
	struct serve_options options; /* without holes: the defaults are filled in */
	const struct api *const *apis; /* up to NULL; the last one takes every path */
	uint8_t key[HMAC_SIZE]; /* signs cursors and access tokens */
	struct http_server *server;
	int socket; /* that it listens on */
	struct clients clients;
	struct metrics metrics;
	struct readers readers;
	struct workers workers;
	struct scim_server *scim; /* what the SCIM API keeps from request to request */
};

#endif
