/* SPDX-License-Identifier: Apache-2.0 */
/* Result codes of LDAP (RFC 4511 appendix A) as names, as exit codes, and as errors that say what
 * to do. */
#include "connect/ldap/session/result.h"

#include <stdio.h>

#include "connect/ldap/session/session.h"

static const struct {
	int code;
	const char *name;
} names[] = {
	{LDAP_OPERATIONS_ERROR, "operationsError"},
	{LDAP_PROTOCOL_ERROR, "protocolError"},
	{LDAP_TIMELIMIT_EXCEEDED, "timeLimitExceeded"},
	{LDAP_SIZELIMIT_EXCEEDED, "sizeLimitExceeded"},
	{LDAP_AUTH_METHOD_NOT_SUPPORTED, "authMethodNotSupported"},
	{LDAP_STRONG_AUTH_REQUIRED, "strongerAuthRequired"},
	{LDAP_REFERRAL, "referral"},
	{LDAP_ADMINLIMIT_EXCEEDED, "adminLimitExceeded"},
	{LDAP_UNAVAILABLE_CRITICAL_EXTENSION, "unavailableCriticalExtension"},
	{LDAP_CONFIDENTIALITY_REQUIRED, "confidentialityRequired"},
	{LDAP_NO_SUCH_ATTRIBUTE, "noSuchAttribute"},
	{LDAP_UNDEFINED_TYPE, "undefinedAttributeType"},
	{LDAP_INAPPROPRIATE_MATCHING, "inappropriateMatching"},
	{LDAP_CONSTRAINT_VIOLATION, "constraintViolation"},
	{LDAP_TYPE_OR_VALUE_EXISTS, "attributeOrValueExists"},
	{LDAP_INVALID_SYNTAX, "invalidAttributeSyntax"},
	{LDAP_NO_SUCH_OBJECT, "noSuchObject"},
	{LDAP_ALIAS_PROBLEM, "aliasProblem"},
	{LDAP_INVALID_DN_SYNTAX, "invalidDNSyntax"},
	{LDAP_INAPPROPRIATE_AUTH, "inappropriateAuthentication"},
	{LDAP_INVALID_CREDENTIALS, "invalidCredentials"},
	{LDAP_INSUFFICIENT_ACCESS, "insufficientAccessRights"},
	{LDAP_BUSY, "busy"},
	{LDAP_UNAVAILABLE, "unavailable"},
	{LDAP_UNWILLING_TO_PERFORM, "unwillingToPerform"},
	{LDAP_NAMING_VIOLATION, "namingViolation"},
	{LDAP_OBJECT_CLASS_VIOLATION, "objectClassViolation"},
	{LDAP_NOT_ALLOWED_ON_NONLEAF, "notAllowedOnNonLeaf"},
	{LDAP_NOT_ALLOWED_ON_RDN, "notAllowedOnRDN"},
	{LDAP_ALREADY_EXISTS, "entryAlreadyExists"},
	{LDAP_OTHER, "other"},
	{LDAP_ASSERTION_FAILED, "assertionFailed"},
};

void ldap_result_name(int code, char ret[RESULT_NAME_SIZE])
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].code == code) {
			snprintf(ret, RESULT_NAME_SIZE, "%s (%d)", names[i].name, code);
			return;
		}
	}
	if (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR)
		snprintf(ret, RESULT_NAME_SIZE, "the connection was lost");
	else if (code == LDAP_TIMEOUT)
		snprintf(ret, RESULT_NAME_SIZE, "no answer in time");
	else
		snprintf(ret, RESULT_NAME_SIZE, "%.48s (%d)", ldap_err2string(code), code);
}

bool ldap_result_is_outage(int code)
{
	return code == LDAP_SERVER_DOWN || code == LDAP_TIMEOUT || code == LDAP_CONNECT_ERROR ||
	       code == LDAP_BUSY || code == LDAP_UNAVAILABLE || code == LDAP_DECODING_ERROR;
}

static bool result_is_refusal(int code)
{
	return code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH ||
	       code == LDAP_INSUFFICIENT_ACCESS || code == LDAP_STRONG_AUTH_REQUIRED ||
	       code == LDAP_CONFIDENTIALITY_REQUIRED || code == LDAP_AUTH_METHOD_NOT_SUPPORTED;
}

/* What a person can do about it; NULL when the server's own words must do. */
static const char *result_advice(int code)
{
	switch (code) {
	case LDAP_INVALID_CREDENTIALS:
		return "check bind_dn and password (nothing was tried again, so that the account "
		       "is not locked)";
	case LDAP_INAPPROPRIATE_AUTH:
		return "the server wants a name and a password: set bind_dn and password";
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
		return "the server wants an encrypted connection: use ldaps:// or tls.starttls";
	case LDAP_INSUFFICIENT_ACCESS:
		return "give muster's account the right to do this";
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
		return "raise the server's limits for muster's account";
	case LDAP_REFERRAL:
		return "the server sends us elsewhere: set url to the server that holds this base";
	default:
		return NULL;
	}
}

void ldap_result_read(struct ldap_session *s, LDAPMessage *m, bool with_controls,
		      struct ldap_result *ret)
{
	char *text = NULL;
	int code = LDAP_OTHER, rc;

	*ret = (struct ldap_result){.code = LDAP_DECODING_ERROR};
	rc = ldap_parse_result(s->ld, m, &code, NULL, &text, NULL,
			       with_controls ? &ret->controls : NULL, 0);
	ret->code = rc == LDAP_SUCCESS ? code : rc;
	snprintf(ret->text, sizeof ret->text, "%s", text ? text : "");
	ldap_memfree(text);
}

static enum code result_exit_code(int code)
{
	if (result_is_refusal(code))
		return CODE_REFUSED;
	if (code == LDAP_BUSY)
		return CODE_LATER;
	return ldap_result_is_outage(code) ? CODE_UNAVAILABLE : CODE_DATA;
}

int ldap_result_err(const struct ldap_session *s, const struct ldap_result *result, struct err *err,
		    const char *format, ...)
{
	char what[600], name[RESULT_NAME_SIZE];
	const char *help = result_advice(result->code);
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	ldap_result_name(result->code, name);
	err_set(err, REACH_SYSTEM, result_exit_code(result->code), "%s: %s: %s%s%s%s%s", s->url,
		what, name, *result->text ? ": " : "", result->text, help ? "; " : "",
		help ? help : "");
	if (err)
		err->again = ldap_result_is_outage(result->code);
	return -1;
}
