/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the room: how things are said to other programs. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/json.h"
#include "wire/http.h"
#include "wire/http_answer.h"
#include "wire/http_server.h"
#include "wire/json_reader.h"
#include "wire/scim_document.h"
#include "wire/scim_patch.h"
#include "wire/scim_schema.h"
#include "wire/scim_view.h"

#endif
