/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting, binding and waiting: every step has its time-out, because libldap's own do not hold
 * everywhere. */
#include "connect/ldap/session/session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "connect/ldap/session/internal.h"

int stop_err(struct err *err, int by)
{
	return err_set(err, REACH_RUN, by == SIGINT ? CODE_INTERRUPTED : CODE_TERMINATED,
		       "stopped while waiting for the directory");
}

int ldap_session_wait(struct ldap_session *s, int id, int all, LDAPMessage **ret, struct err *err)
{
	int64_t deadline = clock_ticks() + s->settings->timeout * 1000, left;

	while ((left = deadline - clock_ticks()) > 0) {
		int64_t slice = left < STOP_SLICE ? left : STOP_SLICE;
		struct timeval t = {.tv_usec = slice * 1000};
		int type;

		*ret = NULL;
		type = ldap_result(s->ld, id, all, &t, ret);
		if (type > 0)
			return type;
		if (stop_is_asked(s->stop))
			return stop_err(err, *s->stop);
		if (type < 0)
			return err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE,
					 "%s: the connection was lost", s->url);
	}
	if (id > 0)
		ldap_abandon_ext(s->ld, id, NULL, NULL);
	return err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE,
			 "%s: no answer within %lld s (timeout)", s->url,
			 (long long)s->settings->timeout);
}

int ldap_session_result(struct ldap_session *s, int id, struct ldap_result *ret, struct err *err)
{
	LDAPMessage *m = NULL;

	if (ldap_session_wait(s, id, LDAP_MSG_ALL, &m, err) < 0)
		return -1;
	ldap_result_read(s, m, false, ret);
	ldap_msgfree(m);
	return 0;
}

/* A password may cross a network only where the admin said so; config asks the same, this is the
 * lock on the door. */
static int bind_check_in_clear(const struct ldap_session *s, struct err *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} peer = {.six = {.sin6_family = AF_UNSPEC}};
	socklen_t size = sizeof peer;
	bool loopback = false;
	int fd = -1;

	if (s->encrypted || s->settings->insecure)
		return 0;
	if (ldap_get_option(s->ld, LDAP_OPT_DESC, &fd) == LDAP_OPT_SUCCESS &&
	    getpeername(fd, &peer.any, &size) == 0)
		loopback = peer.any.sa_family == AF_INET
				   ? ntohl(peer.four.sin_addr.s_addr) >> 24 == 127
				   : IN6_IS_ADDR_LOOPBACK(&peer.six.sin6_addr);
	if (loopback)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_CONFIG,
		       "%s is not encrypted: use ldaps:// or tls.starttls, or say insecure: true",
		       s->url);
}

static int session_bind_as(struct ldap_session *s, const char **ret_who, int *ret_id)
{
	const struct ldap_settings *settings = s->settings;
	struct berval secret = {0, plain_text("")};

	if (settings->bind_dn) {
		*ret_who = settings->bind_dn;
		secret = (struct berval){secret_size(settings->password),
					 plain_text(secret_reveal(settings->password))};
	} else if (settings->tls.cert || strncmp(s->url, "ldapi:", 6) == 0) {
		*ret_who = "the client's certificate or user id (EXTERNAL)";
		return ldap_sasl_bind(s->ld, NULL, "EXTERNAL", &secret, NULL, NULL, ret_id);
	} else {
		*ret_who = "nobody (anonymous)";
	}
	return ldap_sasl_bind(s->ld, settings->bind_dn ? settings->bind_dn : "", LDAP_SASL_SIMPLE,
			      &secret, NULL, NULL, ret_id);
}

static int session_bind(struct ldap_session *s, struct err *err)
{
	const char *who = NULL;
	struct ldap_result result = {0};
	int id;

	if (bind_check_in_clear(s, err) < 0)
		return -1;
	result.code = session_bind_as(s, &who, &id);
	if (result.code == LDAP_SUCCESS && ldap_session_result(s, id, &result, err) < 0)
		return err_wrap(err, "bind as %s", who);
	s->requests++;
	if (result.code == LDAP_SUCCESS)
		return 0;
	return ldap_result_err(s, &result, err, "bind as %s", who);
}

static int session_open_url(struct ldap_session *s, struct err *err)
{
	LDAPURLDesc *url = NULL;
	int done = -1;

	if (ldap_url_parse(s->url, &url) != LDAP_URL_SUCCESS)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG, "url: %s is no LDAP URL", s->url);
	s->encrypted = strcmp(url->lud_scheme, "ldapi") == 0;
	if (connect_url(s->settings, s->stop, url, &s->ld, err) < 0)
		goto out;
	if ((strcmp(url->lud_scheme, "ldaps") == 0 || s->settings->tls.starttls) && !s->encrypted &&
	    tls_start(s, url, err) < 0)
		goto out;
	done = session_bind(s, err);
out:
	ldap_free_urldesc(url);
	return done;
}

static void session_unbind(struct ldap_session *s)
{
	if (s->ld)
		ldap_unbind_ext(s->ld, NULL, NULL);
	s->ld = NULL;
}

int ldap_session_open(const struct ldap_settings *settings, const volatile int *stop,
		      struct ldap_session **ret, struct err *err)
{
	struct ldap_session *s = mem_alloc(1, sizeof *s);

	*s = (struct ldap_session){.settings = settings, .stop = stop};
	for (size_t i = 0; i < settings->url_count; i++) {
		s->url = settings->urls[i];
		if (session_open_url(s, err) == 0) {
			*ret = s;
			return 0;
		}
		session_unbind(s);
		if (err && (!err->again || stop_is_asked(stop)))
			break;
		if (i + 1 < settings->url_count)
			log_debug(s->url, "%s; trying the next one", err ? err->text : "");
	}
	free(s);
	return -1;
}

void ldap_session_close(struct ldap_session *s)
{
	if (!s)
		return;
	session_unbind(s);
	free(s);
}
