/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the doors that others knock at: the SCIM 2.0 service over the inbox. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/err.h"
#include "base/secret.h"

/* What may leave the inbox through the API in a time; beyond it deletions are held (CONTRACT "The
 * guard"). */
struct serve_guard {
	int64_t count, percent; /* held above the larger of the two; both 0: nothing is held */
	int64_t window; /* seconds; 0: 24 hours */
};

/* What is 0 or NULL takes the default in brackets. All texts outlive serve_run. */
struct serve_options {
	const char *store; /* the inbox; made when it is missing */
	const char *listen; /* "127.0.0.1:8443", "*:8443" or a path; an inherited socket wins */
	/* as clients reach it: "https://scim.example.com/scim/v2" (the Host header) */
	const char *base_url;
	bool strict; /* no leniency for identity providers' dialects */
	bool insecure; /* plain HTTP on an address that is not loopback */
	unsigned threads; /* that read and answer (1) */
	unsigned connections; /* (as many as descriptors allow, at most 16384) */
	uint64_t per_second; /* requests of one token (1000); twice as many at once */
	size_t body_max; /* bytes (2 MiB) */
	struct serve_guard guard; /* as given: see serve_guard_default */
	/*
	 * Fetches certificate and key, PEM: at the start and when told to reload. NULL: no TLS.
	 * *ret_certificate is a text of malloc.
	 */
	int (*tls)(void *context, char **ret_certificate, struct secret **ret_key, struct err *err);
	/* Called once the service answers, with its address as one types it. May be NULL. */
	void (*ready)(void *context, const char *address);
	void *context;
};

extern const struct serve_guard serve_guard_default;

/*
 * Serves until SIGTERM or SIGINT, then answers what has begun and returns 0. SIGHUP fetches the
 * certificate anew. Speaks sd_notify(3), the watchdog and socket activation. -1: it could not
 * start, or the inbox cannot be written any more.
 */
int serve_run(const struct serve_options *options, struct err *err);

#endif
