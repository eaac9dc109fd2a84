# SPDX-License-Identifier: Apache-2.0
"""The LDAP connector by itself, without the rest of the program: build/live/ldap_probe."""
import json
import os
import pathlib
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "live" / "ldap_probe"


class Probe:
    """Calls one verb of the LDAP connector: probe(system, "read", "source") gives its answer as a dict."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, system):
        path = self.folder / "probe.yaml"
        path.write_text(json.dumps({"version": 1, "state": str(self.folder / "state.db"),
                                    "systems": {"corp": system}, "syncs": {}}))
        return path

    def command(self, system, *words):
        return [str(PROGRAM), str(self.write(system)), "corp", *words]

    @property
    def environment(self):
        # libldap 2.5 with GnuTLS never frees the client's own certificate and key (tls_g.c, tlsg_ctx_init).
        leaks = self.folder / "leaks"
        leaks.write_text("leak:gnutls_x509_privkey_init\nleak:gnutls_x509_crt_init\n"
                         "leak:libtasn1\nleak:libgnutls\n")
        return {"LSAN_OPTIONS": f"suppressions={leaks}:print_suppressions=0",
                "PATH": os.environ["PATH"], "TMPDIR": str(self.folder), "HOME": str(self.folder),
                "ASAN_OPTIONS": "detect_stack_use_after_return=1:exitcode=99",
                "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99"}

    def run(self, system, *words, changes="", timeout=60, env=None):
        return subprocess.run(self.command(system, *words), input=changes, capture_output=True,
                              text=True, errors="replace", timeout=timeout, cwd=self.folder,
                              env={**self.environment, **(env or {})}, check=False)

    def __call__(self, system, *words, **more):
        done = self.run(system, *words, **more)
        assert done.returncode != 99 and "Sanitizer" not in done.stderr, done.stderr
        assert done.stdout, (done.returncode, done.stderr)
        answer = json.loads(done.stdout)
        assert done.returncode == answer.get("error", {"code": 0})["code"], done
        return answer
