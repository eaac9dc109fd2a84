/* SPDX-License-Identifier: Apache-2.0 */
/* The front door: what every command needs of the process, then the command line. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	int code;

	/* A peer that goes away must be an error of a write, not the end of the process. */
	signal(SIGPIPE, SIG_IGN);
	/* State, plans and dumps hold personal data. */
	umask(0077);
	/* Nothing but our own configuration steers libldap: no ldap.conf, no ~/.ldaprc, no LDAP
	 * variables. */
	setenv("LDAPNOINIT", "1", 1);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	code = cli_main(argc, argv);
	curl_global_cleanup();
	return code;
}
