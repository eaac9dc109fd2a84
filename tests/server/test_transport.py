# SPDX-License-Identifier: Apache-2.0
"""TLS, unix sockets, socket activation without a network, sd_notify and the watchdog, reload of a certificate."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def certificate(folder, name):
    """A self-signed certificate for 127.0.0.1, made on the spot."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key


def peer_name(host, cafile):
    address, port = host.split(":")
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection((address, int(port)), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            return dict(x[0] for x in secure.getpeercert()["subject"])["commonName"], secure.version()


def test_tls_and_reload(muster, folder):
    cert, key = certificate(folder, "first")
    muster.configure({"serve": {"store": str(folder / "inbox.db"), "listen": "127.0.0.1:8443",
                                "tls": {"cert": str(cert), "key": {"file": str(key)}}}})
    token = muster("token", "create", "t").out.strip()
    running = muster.start("serve", "--listen", "127.0.0.1:0")
    url = running.wait_line("/scim/v2").strip()
    assert url.startswith("https://")
    host = url.split("/")[2]
    assert peer_name(host, cert) == ("first", "TLSv1.3")
    with pytest.raises(ssl.SSLError):
        context = ssl.create_default_context(cafile=cert)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1
        with socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=30) as plain:
            context.wrap_socket(plain, server_hostname="127.0.0.1")
    connection = http.client.HTTPSConnection(host, timeout=30, context=ssl.create_default_context(cafile=cert))
    connection.request("POST", "/scim/v2/Users", json.dumps({"userName": "a"}),
                       {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    made = connection.getresponse()
    assert made.status == 201 and made.getheader("Location").startswith("https://")
    new_cert, new_key = certificate(folder, "second")
    shutil.copy(new_cert, cert)
    shutil.copy(new_key, key)
    running.process.send_signal(signal.SIGHUP)
    running.wait_line("reloaded")
    assert peer_name(host, cert)[0] == "second"
    assert running.stop().code == 0


def count_of_files(process):
    """Open files, connections apart: those of a client that has gone may still be on their way out."""
    connected = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{process.pid}/net/{table}", encoding="ascii") as lines:
            rows = [line.split() for line in list(lines)[1:]]
        connected |= {f"socket:[{row[9]}]" for row in rows if row[3] != "0A"}  # 0A: LISTEN
    count = 0
    for name in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            count += os.readlink(f"/proc/{process.pid}/fd/{name}") not in connected
        except FileNotFoundError:
            pass  # closed meanwhile
    return count


def test_reload_turns_nobody_away(muster, folder):
    """Eight clients write while the certificate is read anew, twice by a good one, twice by a bad one."""
    cert, key = certificate(folder, "first")
    good = cert.read_bytes(), key.read_bytes()
    muster.configure({"serve": {"store": str(folder / "inbox.db"), "listen": "127.0.0.1:8443",
                                "tls": {"cert": str(cert), "key": {"file": str(key)}}}})
    token = muster("token", "create", "t").out.strip()
    running = muster.start("serve", "--listen", "127.0.0.1:0")
    host = running.wait_line("/scim/v2").strip().split("/")[2]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    ended, told, faults = threading.Event(), [], []

    def work(number):
        connection, i = None, 0
        while not ended.is_set():
            name = f"u{number}-{i}"
            fresh = connection is None
            try:
                connection = connection or http.client.HTTPSConnection(host, timeout=30, context=context)
                connection.request("POST", "/scim/v2/Users", json.dumps({"userName": name}),
                                   {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
                got = connection.getresponse()
                got.read()
                assert got.status in (201, 409), got.status
                told.append(name)
                i += 1
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError) as fault:
                # a kept connection may be closed at any time; a new one is answered
                connection = None
                if fresh:
                    faults.append(fault)
            except BaseException as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    try:
        for round_number, contents in enumerate(((b"nonsense", b"nonsense"), good, (good[0], b""), good)):
            before = len(told)
            cert.write_bytes(contents[0])
            key.write_bytes(contents[1])
            running.process.send_signal(signal.SIGHUP)
            said = running.wait_line("reloaded")
            assert ("not reloaded" in said) == (contents is not good), said
            deadline = time.monotonic() + 20
            while len(told) < before + 8 and time.monotonic() < deadline and not faults:
                time.sleep(0.01)
            assert len(told) >= before + 8, (round_number, faults)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not faults, faults
    assert peer_name(host, folder / "first.pem")[0] == "first"
    files = []
    for _ in range(3):
        key.write_bytes(b"")
        running.process.send_signal(signal.SIGHUP)
        running.wait_line("not reloaded")
        files.append(count_of_files(running.process))
    assert files[0] == files[-1], files
    assert running.stop().code == 0
    with sqlite3.connect(folder / "inbox.db") as db:
        assert db.execute("select count(*) from resource").fetchone()[0] == len(set(told))


def test_no_plain_http_for_the_world(muster, folder):
    refused = muster("serve", "--listen", "0.0.0.0:0", "--store", folder / "inbox.db")
    assert refused.code == 78 and "without TLS" in refused.err


def test_unix_socket(start_service, folder):
    path = str(folder / "serve.sock")
    service = start_service(listen=path)
    assert oct(os.stat(path).st_mode & 0o777) == "0o660"
    connection = UnixConnection(path)
    connection.request("GET", "/scim/v2/Users", headers={"Authorization": "Bearer " + service.token,
                                                         "Host": "scim.example.com", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().read()
    connection.request("POST", "/scim/v2/Users", '{"userName": "a"}',
                       {"Authorization": "Bearer " + service.token, "Host": "scim.example.com",
                        "Content-Type": "application/json", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().getheader("Location").startswith("https://scim.example.com/scim/v2/Users/")
    # a second service does not take the socket away from the first
    refused = service.muster("serve", "--listen", path, "--store", folder / "other.db")
    assert refused.code == 78 and "listens there" in refused.err
    service.process.stop(by=signal.SIGKILL)
    service.start()


def notified(channel):
    channel.settimeout(20)
    return channel.recv(4096).decode()


def test_socket_activation_without_network(muster, folder):
    """As under systemd: an inherited socket, a network namespace of its own, READY and WATCHDOG datagrams."""
    token = muster("token", "create", "t", "--store", folder / "inbox.db").out.strip()
    listener = socket.create_server(("127.0.0.1", 0))
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind(str(folder / "notify"))
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else []

    def pass_socket():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    child = subprocess.Popen(
        [*unshare, "sh", "-c", 'LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$0" "$@"', muster.program, "serve", "--listen",
         "127.0.0.1:1", "--store", str(folder / "inbox.db")],
        env={"PATH": os.environ["PATH"], "LISTEN_FDS": "1", "NOTIFY_SOCKET": str(folder / "notify"),
             "WATCHDOG_USEC": "400000"},
        preexec_fn=pass_socket, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert notified(channel) == "READY=1"
        assert notified(channel) == "WATCHDOG=1"
        port = listener.getsockname()[1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/scim/v2/Users", headers={"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()
        child.send_signal(signal.SIGHUP)
        said = ""
        while "RELOADING" not in said:
            said = notified(channel)
        while "READY" not in said:
            said = notified(channel)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
        child.send_signal(signal.SIGTERM)
        said = ""
        while "STOPPING" not in said:
            said = notified(channel)
        assert child.wait(30) == 0, child.stderr.read()
    finally:
        if child.poll() is None:
            child.kill()
        listener.close()
        channel.close()


def test_the_unit_is_shut_in():
    unit = pathlib.Path(__file__).resolve().parents[2] / "systemd" / "muster-serve.service"
    judged = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=5", str(unit)],
                            capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-600:] + judged.stderr
