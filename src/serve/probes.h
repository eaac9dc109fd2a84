/* SPDX-License-Identifier: Apache-2.0 */
/* What supervisors and scrapers ask of the service: is it well, and how much does it do. */
#ifndef SERVE_PROBES_H
#define SERVE_PROBES_H

#include "serve/request.h"

/* /healthz and /readyz for everybody; /metrics with a token, or without one from this machine. */
extern const struct api probe_api;

#endif
