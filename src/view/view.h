/* SPDX-License-Identifier: Apache-2.0 */
/* The door of how things are shown: texts and JSON made from plain data, and nothing else. Printers
 * append to what they are given; "now" is told them. */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "view/check.h"
#include "view/explanation.h"
#include "view/memory.h"
#include "view/plan.h"
#include "view/run.h"
#include "view/status.h"
#include "view/token.h"

#endif
