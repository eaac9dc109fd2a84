/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the room: how things are said to other programs. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/json.h"
#include "wire/http/http.h"
#include "wire/httpd/httpd.h"
#include "wire/json/json.h"
#include "wire/scim/scim.h"

#endif
