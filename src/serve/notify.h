/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is told: sd_notify(3) and the watchdog, in a few lines instead of a library. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdint.h>

void notify_send(const char *state); /* "READY=1"; nothing happens without NOTIFY_SOCKET */
int64_t notify_watchdog_ms(void); /* how often to say WATCHDOG=1; 0: never */

#endif
