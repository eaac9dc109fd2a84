/* SPDX-License-Identifier: Apache-2.0 */
/* The door of SCIM's language (RFC 7643, RFC 7644), as client and service speak it. */
#ifndef WIRE_SCIM_SCIM_H
#define WIRE_SCIM_SCIM_H

#include "wire/scim/scim_dialect.h"
#include "wire/scim/scim_document.h"
#include "wire/scim/scim_patch.h"
#include "wire/scim/scim_schema.h"
#include "wire/scim/scim_value.h"
#include "wire/scim/scim_view.h"

#endif
