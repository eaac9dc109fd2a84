# SPDX-License-Identifier: Apache-2.0
"""Servers that stop answering at a chosen point, each in a thread of the test.

Modes: backlog (the connect never completes), silent (accepts and says nothing), starttls (answers LDAP
StartTLS with success, then nothing), half (half an LDAP message, then nothing), http (half an HTTP
answer, then nothing), close (accepts and closes at once), garbage (bytes that are no protocol).
"""
import socket
import threading

HALF = bytes([0x30, 0x0c, 0x02, 0x01])
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nContent-Length: 1000\r\n\r\n{\"sch"


class Stall:
    """A server in one mode from the making to close(); `port` is where it listens on 127.0.0.1."""

    def __init__(self, mode):
        if mode not in ("backlog", "silent", "starttls", "half", "http", "close", "garbage"):
            raise ValueError(f"no such mode: {mode}")
        self.mode = mode
        self.accepted = 0
        self.kept = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(0 if mode == "backlog" else 16)
        if mode == "backlog":
            self.fill()
            return
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def fill(self):
        """Takes every place of the queue, so that nobody else ever gets in."""
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.kept.append(s)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.kept.append(connection)
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        try:
            if self.mode == "close":
                connection.close()
                return
            if self.mode == "silent":
                return
            asked = connection.recv(4096)
            if self.mode == "starttls":  # extended response, success, with the id that was asked with
                connection.sendall(HALF + asked[4:5] + bytes([0x78, 0x07, 0x0a, 0x01, 0, 0x04, 0, 0x04, 0]))
            else:
                connection.sendall({"half": HALF, "http": HTTP, "garbage": b"\x00\xff\x13garbage\r\n\r\n"}[self.mode])
        except OSError:
            pass

    def close(self):
        # shutdown wakes the thread that waits in accept; close alone would not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        for s in [self.listener, *self.kept]:
            s.close()
