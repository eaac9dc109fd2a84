# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 with keep-alive for the stand-in services: requests in, answers out after a latency, or never."""
import asyncio
import urllib.parse

SCIM = "application/scim+json"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
REASONS = {200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 307: "Temporary Redirect",
           308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict",
           411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
           415: "Unsupported Media Type", 428: "Precondition Required", 429: "Too Many Requests",
           500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable"}


class Answer:
    """What goes back: status, body bytes, headers; `manner` is '', drop, half or stall."""

    def __init__(self, status, body=b"", headers=(), kind=SCIM, manner=""):
        self.status, self.body, self.headers = status, body, list(headers)
        self.kind, self.manner = kind, manner

    def head(self, close):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        if self.status != 204 and self.status != 304:
            lines.append(f"Content-Length: {len(self.body)}")
            if self.body:
                lines.append(f"Content-Type: {self.kind}")
        lines += [f"{k}: {v}" for k, v in self.headers]
        lines.append("Connection: close" if close else "Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Request:
    """One request as it came."""

    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        parts = urllib.parse.urlsplit(target)
        self.path = parts.path
        self.query_text = parts.query
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.committed = False
        self.fault = self.complaint = None

    def header(self, name):
        return self.headers.get(name, "")

    def is_write(self):
        return self.method in WRITES and not self.path.endswith("/.search")


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests are answered one after the other, each after the latency."""

    def __init__(self, service):
        self.service = service
        self.buffer = bytearray()
        self.busy = False
        self.transport = None
        self.continued = False

    def connection_made(self, transport):
        self.transport = transport
        self.service.connections += 1

    def connection_lost(self, _error):
        self.transport = None

    def data_received(self, data):
        self.buffer += data
        if not self.busy:
            self.pump()

    def pump(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > 65536:
                self.transport.close()
            return
        try:
            method, target, headers = read_head(bytes(self.buffer[:end]))
            size = int(headers.get("content-length", "0"))
        except ValueError:
            self.transport.write(Answer(400).head(True))
            self.transport.close()
            return
        if "transfer-encoding" in headers:
            self.transport.write(Answer(411).head(True))
            self.transport.close()
            return
        if len(self.buffer) < end + 4 + size:
            if headers.get("expect", "").lower() == "100-continue" and not self.continued:
                self.continued = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        body = bytes(self.buffer[end + 4:end + 4 + size])
        del self.buffer[:end + 4 + size]
        self.continued, self.busy = False, True
        self.answer(Request(method, target, headers, body))

    def answer(self, request):
        service = self.service
        service.in_flight += 1
        service.max_in_flight = max(service.max_in_flight, service.in_flight)
        answer, key = service.handle(request)
        if key:
            service.writing[key] += 1
        close = request.header("connection").lower() == "close"
        latency = service.options.latency / 1000
        if request.path.startswith("/_control/") or latency <= 0:
            self.send(answer, key, close)
        else:
            asyncio.get_running_loop().call_later(latency, self.send, answer, key, close)

    def send(self, answer, key, close):
        service = self.service
        service.in_flight -= 1
        if key:
            service.writing[key] -= 1
            if not service.writing[key]:
                del service.writing[key]
        if self.transport is None or answer.manner == "stall":
            return
        if answer.manner == "drop":
            self.transport.abort()
            return
        whole = answer.head(close) + answer.body
        if answer.manner == "half":
            self.transport.write(whole[:max(20, len(whole) // 2)])
            self.transport.close()
            return
        self.transport.write(whole)
        if close:
            self.transport.close()
            return
        self.busy = False
        if self.buffer:
            self.pump()


def read_head(head):
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    if version != "HTTP/1.1":
        raise ValueError(version)
    headers = {}
    for text in lines[1:]:
        name, colon, value = text.partition(":")
        if not colon or name.lower() in headers:
            raise ValueError(text)
        headers[name.lower()] = value.strip()
    if "host" not in headers:
        raise ValueError("no Host")
    return method, target, headers
