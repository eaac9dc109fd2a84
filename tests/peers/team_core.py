# SPDX-License-Identifier: Apache-2.0
"""What the stand-ins of team APIs share: a strict server on loopback that keeps members and invitations.

It runs on a thread of the test's own process, so a test looks at and changes its state directly:

    service.members, service.invitations   what it holds (class Person)
    service.mails                           the addresses to which an invitation went out, in order
    service.complaints                      what was wrong with requests; a correct client leaves none
    service.accept(email, as_email=None)    someone accepts; expire(email) and decline(email) likewise
    service.fail("POST", "/invite", status=500)    the next such request fails; see Fault
    service.lag = 2                         an invitation shows only from the third list on
"""
import asyncio
import base64
import itertools
import json
import re
import threading
import time
import urllib.parse

from peer_http import Answer, Connection

JSON = "application/json"


class Complaint(Exception):
    """The request is not what the documentation asks for."""

    def __init__(self, text, status=400, code="bad_request"):
        super().__init__(text)
        self.status, self.code = status, code


class Refusal(Exception):
    """The request is well formed, and the service says no."""

    def __init__(self, status, code, message=""):
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code


class Person:
    """A member or an invitation."""

    def __init__(self, **values):
        self.id, self.email, self.login, self.role, self.given, self.family = "", "", "", "", "", ""
        self.state, self.created, self.hidden, self.code = "active", time.time(), 0, ""
        self.__dict__.update(values)

    def __repr__(self):
        return f"{self.email or self.login}:{self.role}:{self.state}"


class Fault:
    """What happens to the next `times` requests of a method whose path ends with, or holds, `part`.

    manner: 'drop' (carried out, no answer), 'lost' (neither), 'half'; or an answer instead: status, body,
    headers. after=True carries the request out first.
    """

    def __init__(self, method, part, manner="", status=0, body=None, headers=(), times=1, after=False,
                 kind=JSON):
        self.method, self.part, self.manner, self.status = method, part, manner, status
        self.body, self.headers, self.times, self.after, self.kind = body, headers, times, after, kind

    def fits(self, request):
        return self.times > 0 and self.method == request.method and self.part in request.path

    def answer(self):
        body = self.body
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body if body is not None else {})
        body = body.encode() if isinstance(body, str) else body
        return Answer(self.status, body, self.headers, self.kind)


class TeamService:
    """The common part; a service adds its routes, its authentication and its shapes."""

    base = ""  # path in front of every route
    secret = "test-key"
    more_secrets = {}  # setting -> value, for further keys
    member_role, admin_role = "member", "admin"  # in the service's words
    routes = ()  # (METHOD, regex of the path, name of the method)
    link = "https://join.example/INVITE-SECRET-"  # what must never be seen outside

    def __init__(self):
        self.members, self.invitations, self.mails = [], [], []
        self.log, self.complaints, self.faults = [], [], []
        self.lag = 0
        self.numbers = itertools.count(1)
        self.page_limit = None
        self.connections = self.in_flight = self.max_in_flight = 0
        self.writing = {}
        self.options = type("Options", (), {"latency": 0})()
        self.filled()

    def filled(self):
        """Who is there at the beginning: the owner, whose key it is."""
        self.add("owner@example.com", self.admin_role, id=self.new_id(), given="Olga", family="Owner")

    def new_id(self):
        return f"user_{next(self.numbers)}"

    # --- what tests do

    def add(self, email, role, **values):
        person = Person(email=email, role=role, **values)
        person.id = person.id or self.new_id()
        self.members.append(person)
        return person

    def find(self, people, email):
        return next((p for p in people if p.email.lower() == email.lower()), None)

    def member(self, email):
        return self.find([p for p in self.members if p.state != "gone"], email)

    def invitation(self, email):
        return self.find([p for p in self.invitations if p.state == "pending"], email)

    def pending(self):
        return sorted(p.email for p in self.invitations if p.state == "pending")

    def accept(self, email, as_email=None):
        invited = self.invitation(email)
        invited.state = "accepted"
        return self.join(invited, as_email or email)

    def join(self, invited, email):
        """Services with one list keep the id; the others give a new one."""
        return self.add(email, self.role_joined(invited.role), given=email.split("@")[0].title(), family="X")

    def role_joined(self, role):
        return role

    def expire(self, email):
        invited = self.invitation(email)
        invited.state = "expired"
        return invited

    def age(self, days):
        """Everything happened that much earlier."""
        for person in self.members + self.invitations:
            person.created -= days * 86400

    def fail(self, method, part, **how):
        self.faults.append(Fault(method, part, **how))

    def writes(self):
        return [e for e in self.log if e["method"] != "GET" and not e["path"].endswith("/token")]

    def settings(self):
        """The keys of a system of muster for it, beside url and auth."""
        return {"profile": self.profile}

    # --- inviting

    def invite(self, email, role, **values):
        """Sends one invitation, or refuses."""
        if not re.fullmatch(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+", email):
            raise Refusal(400, "invalid_email", f"{email} is no e-mail address")
        if self.member(email):
            self.already_member(email)
        if self.invitation(email):
            self.already_invited(email)
        invited = Person(id=self.new_invitation_id(), email=email, role=role, state="pending",
                         hidden=self.lag, code=f"CODE-SECRET-{next(self.numbers)}", **values)
        self.invitations.append(invited)
        self.mails.append(email)
        return invited

    def new_invitation_id(self):
        return f"inv_{next(self.numbers)}"

    def already_member(self, email):
        raise Refusal(409, "already_member", f"{email} is a member")

    def already_invited(self, email):
        raise Refusal(409, "already_invited", f"{email} is invited")

    def shown_invitations(self):
        """Those that a list shows by now."""
        shown = []
        for person in self.invitations:
            if person.hidden > 0:
                person.hidden -= 1
            else:
                shown.append(person)
        return shown

    def by_id(self, people, wanted, status=404):
        found = next((p for p in people if str(p.id) == str(wanted) and p.state != "gone"), None)
        if not found:
            raise Refusal(status, "not_found", f"there is no {wanted}")
        return found

    def remove(self, person):
        admins = [p for p in self.members if p.role == self.admin_role]
        if person.role == self.admin_role and len(admins) < 2:
            raise Refusal(400, "last_admin", "the last admin stays")
        self.members.remove(person)

    # --- what requests must be

    def authenticate(self, request):
        if request.header("authorization") != f"Bearer {self.secret}":
            raise Refusal(401, "invalid_api_key")

    def common(self, request):
        """Headers that every request has."""

    def body_of(self, request, required=(), optional=(), kind=JSON):
        """The body as an object that has these keys and no others."""
        request.body_seen = True
        if request.header("content-type").split(";")[0] != kind:
            raise Complaint(f"content-type {request.header('content-type')!r}")
        body = json.loads(request.body or b"null")
        if isinstance(body, dict):
            self.check_keys(body, required, optional)
        return body

    def check_keys(self, body, required, optional=()):
        if not isinstance(body, dict):
            raise Complaint(f"no object: {body!r}")
        missing = set(required) - set(body)
        unknown = set(body) - set(required) - set(optional)
        if missing or unknown:
            raise Complaint(f"missing {sorted(missing)}, unknown {sorted(unknown)}")

    def no_body(self, request):
        if request.body or request.header("content-type"):
            raise Complaint("a body where none belongs")

    def nothing_more(self, request):
        """What a route did not look at is not allowed."""
        if request.query_text and not getattr(request, "query_seen", False):
            raise Complaint(f"query {request.query_text!r}")
        if not getattr(request, "body_seen", False):
            self.no_body(request)

    def query_of(self, request, allowed=(), required=()):
        request.query_seen = True
        pairs = urllib.parse.parse_qsl(request.query_text, keep_blank_values=True)
        names = {k for k, _v in pairs}
        if len(names) != len(pairs):
            raise Complaint(f"a parameter twice: {request.query_text!r}")
        if names - set(allowed) - set(required) or set(required) - names:
            raise Complaint(f"query {request.query_text!r}")
        return dict(pairs)

    def check_role(self, role, known):
        if role not in known:
            raise Refusal(400, "invalid_role", f"no role {role!r}")

    # --- answers

    def error(self, status, code, message):
        return {"error": {"code": code, "message": message}}

    def say(self, status, body=None, headers=()):
        if body is None:
            return Answer(status, b"", headers, JSON)
        return Answer(status, json.dumps(body).encode(), headers, JSON)

    def page(self, people, size, start):
        size = min(size, self.page_limit or size)
        return people[start:start + size]

    def origin(self, request):
        return f"http://{request.header('host')}"

    # --- the machine (peer_http calls it)

    def route(self, request):
        path = request.path
        if not path.startswith(self.base):
            raise Complaint(f"no path {path}", 404)
        path = path[len(self.base):]
        known = False
        for method, pattern, name in self.routes:
            match = re.fullmatch(pattern, path)
            known = known or bool(match)
            if match and method == request.method:
                return getattr(self, name), [urllib.parse.unquote(g) for g in match.groups()]
        raise Complaint(f"no {request.method} {path}", 405 if known else 404)

    def check_headers(self, request):
        """What every client sends."""
        accept = request.header("accept")
        if "json" not in accept:
            raise Complaint(f"accept {accept!r}")
        if not request.header("user-agent").startswith("muster"):
            raise Complaint(f"user-agent {request.header('user-agent')!r}")
        if request.header("cookie") or request.header("expect"):
            raise Complaint("a header that nobody asked for")

    def carry_out(self, request):
        try:
            function, arguments = self.route(request)
            self.check_headers(request)
            if not getattr(function, "free", False):
                self.authenticate(request)
                self.common(request)
            answer = function(request, *arguments)
            self.nothing_more(request)
            return answer
        except Complaint as complaint:
            self.complaints.append(f"{request.method} {request.path}?{request.query_text}: {complaint}")
            return self.say(complaint.status, self.error(complaint.status, complaint.code, str(complaint)))
        except Refusal as refusal:
            return self.say(refusal.status, self.error(refusal.status, refusal.code, refusal.message))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.complaints.append(f"{request.method} {request.path}: {error!r} {request.body!r}")
            return self.say(400, self.error(400, "bad_request", repr(error)))

    def handle(self, request):
        fault = next((f for f in self.faults if f.fits(request)), None)
        answer = None
        if fault:
            fault.times -= 1
        if not fault or fault.manner in ("drop", "half") or fault.after:
            answer = self.carry_out(request)
        if fault and fault.manner:
            answer = answer or Answer(200, b"{}", (), JSON)
            answer.manner = "drop" if fault.manner == "lost" else fault.manner
        elif fault:
            answer = fault.answer()
        self.log.append({"method": request.method, "path": request.path, "query": request.query_text,
                         "body": request.body.decode(), "status": answer.status, "manner": answer.manner})
        return answer, None

    def start(self):
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()

        def run():
            asyncio.set_event_loop(self.loop)
            server = self.loop.run_until_complete(
                self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0))
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()
            server.close()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait()
        self.url = f"http://127.0.0.1:{self.port}{self.base}"
        return self

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


def free(function):
    """A route that needs no authentication (the token's own)."""
    function.free = True
    return function


def basic(user, password=""):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


class OAuthService(TeamService):
    """Services whose key is an OAuth2 client's: POST token_path gives a token, which ends by revoke_tokens."""

    client_id = "client-1"
    token_path = "/oauth/token"
    audience = None

    def __init__(self):
        self.tokens, self.token_requests = set(), 0
        super().__init__()

    def revoke_tokens(self):
        self.tokens.clear()

    @free
    def token(self, request):
        request.body_seen = True
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        wanted = {"grant_type": "client_credentials", "client_id": self.client_id,
                  "client_secret": self.secret}
        if self.audience:
            wanted["audience"] = self.audience
        if request.header("content-type") != "application/x-www-form-urlencoded" or form != wanted:
            raise Complaint(f"token request {sorted(form)}", 401)
        self.token_requests += 1
        self.tokens.add(f"token-{self.token_requests}")
        return self.say(200, {"access_token": f"token-{self.token_requests}", "token_type": "Bearer",
                              "expires_in": 86400})

    def route(self, request):
        if request.path == self.token_path and request.method == "POST":
            return self.token, []
        return super().route(request)

    def authenticate(self, request):
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise Refusal(401, "unauthenticated")
