/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the SCIM service proper: what an identity provider may ask, over the inbox. */
#ifndef SERVE_SCIM_SCIM_H
#define SERVE_SCIM_SCIM_H

#include "serve/scim/listing.h"

#endif
