/* SPDX-License-Identifier: Apache-2.0 */
/* `serve`: the SCIM service that identity providers call. */
#include "serve/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"

enum { CERTIFICATE_MAX = 1 << 20 };

/* Reads the certificate anew each time it is asked for: that is what a reload is for. */
static int serve_tls_fetch(void *context, char **ret_certificate, struct secret **ret_key,
			   struct err *err)
{
	const struct cli *cli = context;
	const struct settings *tls = setting_table(cli->config->serve, "tls");
	struct buf text = {0};

	if (file_read(setting_text(tls, "cert").p, CERTIFICATE_MAX, &text, err) < 0)
		return err_wrap(err, "serve.tls.cert");
	if (secret_fetch(setting_secret(tls, "key"), ret_key, err) < 0) {
		buf_clear(&text);
		return -1;
	}
	*ret_certificate = text.p;
	return 0;
}

/* The one line on stdout: where to point an identity provider. */
static void serve_address_say(void *context, const char *address)
{
	const struct cli *cli = context;
	bool tls = cli->config && setting_table(cli->config->serve, "tls");

	if (cli->quiet)
		return;
	if (strchr(address, ' ') || address[0] == '/' || strncmp(address, "unix:", 5) == 0)
		printf("%s\n", address);
	else
		printf("%s://%s/scim/v2\n", tls ? "https" : "http", address);
	fflush(stdout);
}

static struct serve_guard serve_guard_of(const struct settings *serve)
{
	const struct settings *guard = setting_table(serve, "guard");
	struct serve_guard g = serve_guard_default;

	if (!guard)
		return g;
	g.count = setting_number(guard, "count");
	g.percent = setting_number(guard, "percent");
	g.window = setting_number(guard, "window");
	return g;
}

static void serve_options_read(struct cli *cli, struct serve_options *o)
{
	const struct settings *serve = cli->config->serve;

	o->store = setting_text(serve, "store").p;
	o->listen = setting_text(serve, "listen").p;
	if (setting_text(serve, "url").n > 0)
		o->base_url = setting_text(serve, "url").p;
	o->strict = setting_bool(serve, "strict");
	o->insecure = setting_bool(serve, "insecure");
	o->threads = (unsigned)setting_number(serve, "threads");
	o->per_second = (uint64_t)setting_number(serve, "per_second");
	o->body_max = (size_t)setting_number(serve, "body_max");
	o->guard = serve_guard_of(serve);
	if (setting_table(serve, "tls"))
		o->tls = serve_tls_fetch;
}

static enum code serve_command_run(struct cli *cli)
{
	struct serve_options o = {
		.guard = serve_guard_default, .ready = serve_address_say, .context = cli};
	const char *listen = cli_option(cli, "listen"), *store = cli_option(cli, "store");
	struct err err;
	enum code code;

	/* Who says both needs no configuration. */
	if (!listen || !store) {
		code = cli_open_config(cli);
		if (code != CODE_DONE)
			return code;
		serve_options_read(cli, &o);
	}
	if (listen)
		o.listen = listen;
	if (store)
		o.store = store;
	if (cli_option(cli, "strict"))
		o.strict = true;
	return serve_run(&o, &err) < 0 ? cli_fail(&err) : CODE_DONE;
}

const struct command command_serve = {
	.name = "serve",
	.summary = "the SCIM 2.0 service that identity providers call",
	.text = "Answers until SIGTERM; SIGHUP reads the certificate anew. What is pushed lands in "
		"the inbox (serve.store), which a system of kind `inbox` reads as a source. With "
		"--listen and --store no configuration is needed. Tokens: muster token create.",
	.options = {{"listen", 0, "ADDRESS",
		     "HOST:PORT (port 0: a free one) or a path; instead of serve.listen"},
		    {"store", 0, "FILE", "the inbox, instead of serve.store"},
		    {"strict", 0, NULL, "no leniency for dialects of identity providers"}},
	.run = serve_command_run,
};
