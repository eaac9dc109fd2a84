# SPDX-License-Identifier: Apache-2.0
"""A road to an LDAP server on loopback: counts the requests, and does something after so many bytes of answers."""
import socket
import threading

# Application tags of requests (RFC 4511 4.2 ff.).
NAMES = {0x60: "bind", 0x42: "unbind", 0x63: "search", 0x66: "modify", 0x68: "add", 0x4a: "delete",
         0x6c: "rename", 0x6e: "compare", 0x50: "abandon", 0x77: "extended"}


def length(data, at):
    """Length and where the contents begin (X.690 8.1.3), or None when more bytes are needed."""
    if len(data) <= at:
        return None
    first = data[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7f
    if len(data) < at + 1 + size:
        return None
    return int.from_bytes(data[at + 1:at + 1 + size], "big"), at + 1 + size


class Proxy:
    """Listens on .port of 127.0.0.1; .requests is a list of (name, message id, bytes) as they came."""

    def __init__(self, target):
        self.target = target
        self.requests = []
        self.outstanding = {}   # message id: DN, of writes under way
        self.most_outstanding = 0
        self.overtaken = []     # DNs that were written to while a write to them was under way
        self.limit, self.action = None, None
        self.answered = 0
        self.lose = None        # a name: such requests reach the server, their answers nobody
        self.refuse_above = None  # bytes: a larger request ends the connection, unseen by the server
        self.lock = threading.Lock()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.port}"

    def after(self, count, action):
        """Calls action() once, when `count` more bytes of answers have passed."""
        self.answered, self.limit, self.action = 0, count, action

    def count(self, name):
        return sum(1 for n, _, _ in self.requests if n == name)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self.sockets += [client, server]
            state = {"lost": False, "tls": False, "answers": b""}
            threading.Thread(target=self.forward, args=(client, server, state), daemon=True).start()
            threading.Thread(target=self.back, args=(server, client, state), daemon=True).start()

    def forward(self, client, server, state):
        """Requests, message by message."""
        pending = b""
        while True:
            try:
                data = client.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            pending += data
            state["tls"] = state["tls"] or pending[0] == 0x16
            if state["tls"]:  # nothing to be read here
                try:
                    server.sendall(pending)
                except OSError:
                    break
                pending = b""
            while True:
                head = length(pending, 1) if pending else None
                if not head or len(pending) < head[0] + head[1]:
                    break
                message, pending = pending[:head[0] + head[1]], pending[head[0] + head[1]:]
                if not self.take(message, head[1], client, server, state):
                    return
        self.end(server)

    def take(self, message, at, client, server, state):
        number = message[at + 2:at + 2 + message[at + 1]]
        name = NAMES.get(message[at + 2 + message[at + 1]], "?")
        if self.refuse_above is not None and len(message) > self.refuse_above:
            self.requests.append(("refused", int.from_bytes(number, "big"), len(message)))
            self.end(client)
            self.end(server)
            return False
        with self.lock:
            self.requests.append((name, int.from_bytes(number, "big"), len(message)))
            self.note_write(message, at, name, int.from_bytes(number, "big"))
        if name == self.lose:
            self.lose = None
            state["lost"] = True
        try:
            server.sendall(message)
        except OSError:
            return False
        return True

    def note_write(self, message, at, name, number):
        if name not in ("add", "modify", "rename", "delete"):
            return
        start = at + 2 + message[at + 1]
        size, start = length(message, start + 1)
        if name != "delete":  # whose DN is the operation itself
            size, start = length(message, start + 1)
        dn = message[start:start + size].decode("utf-8", "replace").lower()
        if dn in self.outstanding.values():
            self.overtaken.append(dn)
        self.outstanding[number] = dn
        self.most_outstanding = max(self.most_outstanding, len(self.outstanding))

    def note_answers(self, data, state):
        """Every whole message of the server ends what was asked under its number."""
        state["answers"] += data
        pending = state["answers"]
        while pending:
            head = length(pending, 1)
            if not head or len(pending) < head[0] + head[1]:
                break
            message, pending = pending[:head[0] + head[1]], pending[head[0] + head[1]:]
            at = head[1]
            with self.lock:
                self.outstanding.pop(int.from_bytes(message[at + 2:at + 2 + message[at + 1]],
                                                    "big"), None)
        state["answers"] = pending

    def back(self, server, client, state):
        while True:
            try:
                data = server.recv(1 << 14)
            except OSError:
                data = b""
            if state["lost"]:
                # What the server did is done; that it answered, nobody hears.
                self.end(client)
                self.end(server)
                return
            if data and self.limit is not None:
                self.answered += len(data)
                if self.answered >= self.limit:
                    self.limit = None
                    self.action()
            if not state["tls"]:
                self.note_answers(data, state)
            try:
                if data:
                    client.sendall(data)
            except OSError:
                data = b""
            if not data:
                break
        self.end(client)

    @staticmethod
    def end(s):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        for s in [self.listener, *self.sockets]:
            self.end(s)
            s.close()
