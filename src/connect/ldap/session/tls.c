/* SPDX-License-Identifier: Apache-2.0 */
/* TLS on a connection, and the reason in plain words when it fails: libldap only says that it did.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "connect/ldap/session/internal.h"

/* Debian's bundle; libldap has no default of its own, and its configuration files are not read. */
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

static const char *tls_ca_file(const struct ldap_settings *settings)
{
	return settings->tls.ca ? settings->tls.ca : SYSTEM_CA;
}

static int tls_check_file(const char *key, const char *path, struct err *err)
{
	if (!path || access(path, R_OK) == 0)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_CONFIG, "tls.%s: cannot read %s: %s", key, path,
		       strerror(errno));
}

/* libldap takes a file without a certificate and then trusts nobody. */
static int tls_check_authorities(const char *path, struct err *err)
{
	X509_STORE *store = X509_STORE_new();
	bool good = store && X509_STORE_load_file(store, path) == 1;

	X509_STORE_free(store);
	ERR_clear_error();
	if (good)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_CONFIG,
		       "tls.ca: there is no certificate in PEM form in %s", path);
}

/* NEWCTX must come last: without it the options of this handle are not used at all. */
static int tls_set_options(LDAP *ld, const struct ldap_settings *settings, int require,
			   struct err *err)
{
	int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, is_server = 0, code;

	if (tls_check_file("ca", tls_ca_file(settings), err) < 0 ||
	    tls_check_authorities(tls_ca_file(settings), err) < 0 ||
	    tls_check_file("cert", settings->tls.cert, err) < 0 ||
	    tls_check_file("key", settings->tls.key, err) < 0)
		return -1;
	ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, tls_ca_file(settings));
	ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &require);
	ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest);
	if (settings->tls.cert) {
		ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, settings->tls.cert);
		ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE,
				settings->tls.key ? settings->tls.key : settings->tls.cert);
	}
	code = ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &is_server);
	if (code != LDAP_OPT_SUCCESS)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "tls: %s%s%s cannot be used as PEM certificates or key",
			       tls_ca_file(settings), settings->tls.cert ? ", " : "",
			       settings->tls.cert ? settings->tls.cert : "");
	return 0;
}

/* The StartTLS operation (RFC 4511 4.14), asked and awaited by ourselves, because ldap_start_tls_s
 * has no time-out. */
static int starttls_ask(struct ldap_session *s, struct err *err)
{
	struct ldap_result result = {0};
	int id;

	s->requests++;
	result.code = ldap_start_tls(s->ld, NULL, NULL, &id);
	if (result.code == LDAP_SUCCESS && ldap_session_result(s, id, &result, err) < 0)
		return err_wrap(err, "StartTLS");
	return result.code == LDAP_SUCCESS ? 0 : ldap_result_err(s, &result, err, "StartTLS");
}

/* Connects once more and takes any certificate, only to look at it: nothing is sent, no password,
 * no name. */
static X509 *certificate_fetch(const struct ldap_session *s, const LDAPURLDesc *url)
{
	struct ldap_session again = {.settings = s->settings, .stop = s->stop, .url = s->url};
	struct berval der = {0, NULL};
	X509 *found = NULL;
	struct err ignored;
	int never = LDAP_OPT_X_TLS_NEVER;
	const unsigned char *p;

	if (connect_url(s->settings, s->stop, url, &again.ld, &ignored) < 0)
		return NULL;
	if (tls_set_options(again.ld, s->settings, never, &ignored) == 0 &&
	    (strcmp(url->lud_scheme, "ldaps") == 0 || starttls_ask(&again, &ignored) == 0) &&
	    ldap_install_tls(again.ld) == LDAP_SUCCESS &&
	    ldap_get_option(again.ld, LDAP_OPT_X_TLS_PEERCERT, &der) == LDAP_OPT_SUCCESS &&
	    der.bv_val) {
		p = (const unsigned char *)der.bv_val;
		found = d2i_X509(NULL, &p, (long)der.bv_len);
		ldap_memfree(der.bv_val);
	}
	ldap_unbind_ext(again.ld, NULL, NULL);
	return found;
}

static bool certificate_is_for(X509 *certificate, const char *host)
{
	return X509_check_ip_asc(certificate, host, 0) == 1 ||
	       X509_check_host(certificate, host, 0, 0, NULL) == 1;
}

/* What names the certificate is for: "DNS:result.example, IP:127.0.0.1", or the common name of an
 * old one. */
static void certificate_put_names(X509 *certificate, struct buf *b)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	char common[256] = "";

	for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && i < 10; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS)
			buf_printf(b, "%s%.*s", b->n ? ", " : "",
				   ASN1_STRING_length(name->d.dNSName),
				   (const char *)ASN1_STRING_get0_data(name->d.dNSName));
		else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
			const unsigned char *ip = ASN1_STRING_get0_data(name->d.iPAddress);

			buf_printf(b, "%s%u.%u.%u.%u", b->n ? ", " : "", ip[0], ip[1], ip[2],
				   ip[3]);
		}
	}
	GENERAL_NAMES_free(names);
	X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common,
				  sizeof common);
	if (!b->n)
		buf_text(b, *common ? common : "nobody");
}

static void certificate_put_issuer(X509 *certificate, struct buf *b)
{
	char *text = X509_NAME_oneline(X509_get_issuer_name(certificate), NULL, 0);

	buf_text(b, text ? text : "?");
	OPENSSL_free(text);
}

/* The verdict of X509_verify_cert against the CA file. */
static int certificate_verify(X509 *certificate, const char *ca)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int verdict = X509_V_ERR_UNSPECIFIED;

	if (store && context && X509_STORE_load_file(store, ca) == 1 &&
	    X509_STORE_CTX_init(context, store, certificate, NULL) == 1 &&
	    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1)
		verdict = X509_verify_cert(context) == 1 ? X509_V_OK
							 : X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return verdict;
}

static int certificate_explain(const struct ldap_session *s, const LDAPURLDesc *url,
			       X509 *certificate, struct err *err)
{
	const char *host = url->lud_host && *url->lud_host ? url->lud_host : "localhost";
	const char *ca = tls_ca_file(s->settings);
	int verdict = certificate_verify(certificate, ca);
	struct buf text = {0};

	if (verdict != X509_V_OK) {
		certificate_put_issuer(certificate, &text);
		err_set(err, REACH_SYSTEM, CODE_REFUSED,
			"%s: the server's certificate is not trusted: %s; it was issued by \"%s\", "
			"and tls.ca is %s",
			s->url, X509_verify_cert_error_string(verdict), text.p, ca);
	} else if (!certificate_is_for(certificate, host)) {
		certificate_put_names(certificate, &text);
		err_set(err, REACH_SYSTEM, CODE_REFUSED,
			"%s: the server's certificate is for %s, not for %s: use a name that is in "
			"it",
			s->url, text.p, host);
	} else if (strcmp(host, "localhost") == 0) {
		err_set(err, REACH_SYSTEM, CODE_REFUSED,
			"%s: for localhost libldap wants this machine's own name in the server's "
			"certificate; use 127.0.0.1 or that name in url",
			s->url);
	} else {
		err_set(err, REACH_SYSTEM, CODE_REFUSED,
			"%s: TLS failed, though the server's certificate is good: the server may "
			"want a client certificate (tls.cert, tls.key), or no protocol version is "
			"common",
			s->url);
	}
	buf_clear(&text);
	return -1;
}

static int tls_handshake_err(const struct ldap_session *s, const LDAPURLDesc *url, int code,
			     struct err *err)
{
	X509 *certificate = NULL;
	char name[RESULT_NAME_SIZE];

	if (code != LDAP_TIMEOUT)
		certificate = certificate_fetch(s, url);
	if (certificate) {
		certificate_explain(s, url, certificate, err);
		X509_free(certificate);
		return -1;
	}
	ldap_result_name(code, name);
	return err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE, "%s: TLS handshake: %s", s->url,
			 code == LDAP_TIMEOUT ? name : "the server broke it off");
}

int tls_start(struct ldap_session *s, const LDAPURLDesc *url, struct err *err)
{
	int code;

	if (tls_set_options(s->ld, s->settings, LDAP_OPT_X_TLS_DEMAND, err) < 0)
		return -1;
	if (strcmp(url->lud_scheme, "ldaps") != 0 && starttls_ask(s, err) < 0)
		return -1;
	code = ldap_install_tls(s->ld);
	if (code != LDAP_SUCCESS)
		return tls_handshake_err(s, url, code, err);
	s->encrypted = true;
	return 0;
}
