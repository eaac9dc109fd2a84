# SPDX-License-Identifier: Apache-2.0
"""The stand-ins of team APIs are strict: each request that muster sends is refused when anything about it is off."""
import copy
import json

import pytest
import team_services
from peer_http import Request
from test_team import Team

KEPT = ("members", "invitations", "mails", "disabled", "tokens", "token_requests")
KEYS = ("authorization", "private-token", "dd-api-key", "dd-application-key")


def variant(request, method=None, query=None, headers=None, body=None):
    text = request.query_text if query is None else query
    return Request(method or request.method, request.path + ("?" + text if text else ""),
                   request.headers if headers is None else headers, request.body if body is None else body)


def without(request, name):
    return {k: v for k, v in request.headers.items() if k != name}


def variants(service, request):
    """What is off, the request, and whether it is the key that is missed."""
    query = request.query_text
    yield "a parameter more", variant(request, query=query + ("&" if query else "") + "nonsense=1"), False
    for name in {part.partition("=")[0] for part in query.split("&") if part}:
        if name not in ("from", "page_token", "offset", "after", "cursor", "page", "status"):
            fewer = "&".join(p for p in query.split("&") if p.partition("=")[0] != name)
            yield f"no parameter {name}", variant(request, query=fewer), False
    known = {r[0] for r in service.routes}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known | {"OPTIONS"}:
        yield method, variant(request, method=method), False
    yield "no accept", variant(request, headers=without(request, "accept")), False
    yield "a path more", Request(request.method, request.path + "/x", request.headers, request.body), False
    for name in KEYS:
        if name in request.headers:
            yield f"no {name}", variant(request, headers=without(request, name)), True
            yield f"another {name}", variant(request, headers={**request.headers, name: "Bearer x"}), True
    if not request.body:
        headers = {**request.headers, "content-type": "application/json"}
        yield "a body", variant(request, headers=headers, body=b'{"nonsense": 1}'), False
    elif request.header("content-type") == "application/x-www-form-urlencoded":
        yield "a field more", variant(request, body=request.body + b"&nonsense=1"), False
        yield "json", variant(request, headers={**request.headers, "content-type": "application/json"}), False
    else:
        body = json.loads(request.body)
        yield "no json", variant(request, headers=without(request, "content-type")), False
        yield "no body", variant(request, headers=without(request, "content-type"), body=b""), False
        one = body[0] if isinstance(body, list) else body
        for key in list(one):
            fewer = {k: v for k, v in one.items() if k != key}
            yield f"no {key}", variant(request, body=json.dumps([fewer] if body is not one else fewer).encode()), False
        more = {**one, "nonsense": 1}
        yield "a key more", variant(request, body=json.dumps([more] if body is not one else more).encode()), False


# What a service may have and may go without: said by its documentation.
OPTIONAL = {"no user_profile", "no name"}


@pytest.mark.parametrize("profile", sorted(team_services.SERVICES))
def test_whatever_is_off_is_refused(profile, muster, write, start_team):
    service = start_team(profile)
    handle, taken, tried = service.handle, [], set()

    def handle_and_try(request):
        route = next((r for r in service.routes if service.route(request)[0] == getattr(service, r[2])), None)
        if route and (route[0], route[2]) not in tried:
            tried.add((route[0], route[2]))
            for what, other, is_key in variants(service, request):
                kept = {name: copy.deepcopy(getattr(service, name)) for name in KEPT if hasattr(service, name)}
                before = len(service.complaints)
                answer = service.carry_out(other)
                refused = answer.status in (401, 403) if is_key else len(service.complaints) > before
                if not refused and what not in OPTIONAL:
                    taken.append(f"{request.method} {request.path}: {what}: {answer.status}")
                del service.complaints[before:]
                for name, value in kept.items():
                    setattr(service, name, value)
        return handle(request)

    service.handle = handle_and_try
    able = getattr(service, "can_invite", True)
    people = {"ada@example.com": "member", "dan@example.com": "member", "bob@example.com": "admin"} if able else {}
    team = Team(muster, write, service, people)
    team.sync()
    if able:
        service.accept("ada@example.com")
        service.accept("dan@example.com")
        team.age(8)
        team.sync()
        team.want("ada@example.com", "admin")
        team.sync()
        team.leave("dan@example.com")
        team.leave("bob@example.com")
        team.want("cat@example.com")
        team.sync()
    assert tried and not taken, "\n".join(taken)
