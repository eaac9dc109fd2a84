#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A strict stand-in for a SCIM 2.0 service, in plain Python, that can misbehave on demand.

It listens on 127.0.0.1, prints "port N", refuses everything that RFC 7643 and 7644 do not allow, and
writes one JSON line a request to --log: n, ms (since the start), method, path, query, status, committed,
fault, complaint (what was wrong with the request), agent, body, in_flight. All options can be changed
while it runs: POST /_control/set {"latency": 20}, with the control token. Other orders: dump, load,
reset, generate {users, groups, members}, stats, create {kind, resource}, update {kind, id, values},
delete {kind, id}, revoke (every issued OAuth token).
"""
import asyncio
import base64
import collections
import email.utils
import json
import re
import secrets
import ssl
import sys
import time
import urllib.parse

from peer_http import SCIM, WRITES, Answer, Connection, Request
from scim_options import OPTIONS, PROFILES, check_choice, read_options
from scim_rules import (CORE, GROUPS, KIND_NAME, MESSAGE, USERS, Patch, Problem, Schemas, bad,
                        parse_filter, read_json, read_patch)
from scim_store import Store, to_bytes

LIST = MESSAGE + "ListResponse"
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
LIST_QUERY = {"startIndex", "count", "cursor", "filter", "attributes", "excludedAttributes", "sortBy",
              "sortOrder"}


class Service:
    """The service itself: from a Request to an Answer."""

    def __init__(self, options, log):
        self.options, self.log = options, log
        self.apply_profile(options.profile)
        self.store = Store(self.make_schemas(), options)
        self.origin = self.base = ""
        self.tokens = {}
        self.start = time.monotonic()
        self.number = self.faults = 0
        self.counts = collections.Counter()
        self.allowance, self.allowed_at = float(options.burst), time.monotonic()
        self.in_flight = self.max_in_flight = self.connections = 0
        self.writing = collections.Counter()
        self.bulk_ids = {}

    def make_schemas(self):
        return Schemas(self.options.lenient, [t for t in self.options.extension.split(";") if t])

    def apply_profile(self, name):
        if name and name not in PROFILES:
            raise ValueError(f"no such profile: {name}")
        for key, value in PROFILES.get(name, {}).items():
            setattr(self.options, key, value)

    def listen_on(self, origin):
        self.origin, self.base = origin, origin + "/scim/v2"
        self.store.base = self.base

    # --- the way of a request

    def handle(self, request):
        """The answer, and the key of the object that is being written (or None)."""
        if request.path.startswith("/_control/"):
            return self.control(request), None
        try:
            answer = self.judge(request)
        except Problem as e:
            request.complaint = e.detail if e.status not in (401, 404, 409, 412, 429, 503) else None
            answer = self.problem(request, e)
        except Exception as e:  # a mistake of this service must not look like a fault that was asked for
            request.complaint = f"scim_service itself failed: {e!r}"
            answer = self.problem(request, Problem(500, None, repr(e)))
        key = self.written_object(request)
        if key and self.writing[key]:
            request.complaint = request.complaint or f"a second write to {key} before the first was answered"
        self.write_log(request, answer)
        return answer, key

    @staticmethod
    def written_object(request):
        m = re.match(r"^/scim/v2/(Users|Groups)/[^/]+$", request.path)
        return request.path if m and request.method in ("PUT", "PATCH", "DELETE") else None

    def write_log(self, request, answer):
        self.number += 1
        body = None
        if request.body and request.path.startswith("/scim"):
            try:
                body = json.loads(request.body) if len(request.body) < 65536 else f"{len(request.body)} bytes"
            except ValueError:
                body = request.body[:1000].decode("utf-8", "replace")
        entry = {"n": self.number, "ms": round((time.monotonic() - self.start) * 1000, 1),
                 "method": request.method, "path": request.path, "query": request.query_text,
                 "status": answer.status if answer.manner not in ("drop", "stall") else None,
                 "committed": request.committed, "fault": request.fault,
                 "complaint": request.complaint, "agent": request.header("user-agent"),
                 "if_match": request.header("if-match"), "in_flight": self.in_flight, "body": body}
        self.log.write(json.dumps(entry) + "\n")
        self.log.flush()

    def problem(self, request, problem):
        headers = []
        if problem.status == 401:
            headers.append(("WWW-Authenticate", 'Bearer realm="scim"'))
        if problem.status in (429, 503):
            headers += self.retry_header()
        if getattr(problem, "html", False):
            return Answer(problem.status, HTML, headers, "text/html; charset=utf-8")
        return Answer(problem.status, b"" if request.method == "HEAD" else to_bytes(problem.body()), headers)

    def retry_header(self):
        wait = self.options.retry_after
        if wait < 0:
            return []
        if self.options.retry_after_date:
            # A date has whole seconds: rounded up, so that nobody comes too early.
            return [("Retry-After", email.utils.formatdate(int(time.time() + wait) + 1, usegmt=True))]
        return [("Retry-After", str(max(0, int(wait + 0.999))))]

    def judge(self, request):
        if request.path == "/oauth/token":
            return self.issue_token(request)
        if self.options.redirect_to:
            where = self.options.redirect_to + request.path
            where += "?" + request.query_text if request.query_text else ""
            return Answer(307, b"", [("Location", where)])
        self.check_http(request)
        fault = self.pick_fault(request)
        request.fault = fault or None
        if fault == "refuse":
            return Answer(0, manner="drop")
        if fault == "stall":
            return Answer(0, manner="stall")
        if fault == "html":
            return Answer(200, HTML, kind="text/html; charset=utf-8")
        if fault == "error":
            raise Problem(self.options.error_status, None, "something broke")
        answer = self.route(request)
        if fault == "commit_error":
            raise Problem(self.options.error_status, None, "something broke")
        answer.manner = {"drop": "drop", "half": "half", "commit_stall": "stall"}.get(fault, answer.manner)
        return answer

    def pick_fault(self, request):
        pattern = self.options.fault_on
        here = re.search(pattern, f"{request.method} {request.path}") if pattern else request.is_write()
        if not here or (self.options.fault_limit and self.faults >= self.options.fault_limit):
            return ""
        for name in ("refuse", "stall", "html", "error", "commit_error", "drop", "half", "commit_stall"):
            every = getattr(self.options, name + "_every")
            if every:
                self.counts[name] += 1
                if self.counts[name] % every == 0:
                    self.faults += 1
                    return name
        return ""

    def check_http(self, request):
        """What every request must bring, whatever it asks for."""
        given = request.header("authorization")
        token = given[7:] if given.startswith("Bearer ") else ""
        issued = self.tokens.get(token, 0) > time.monotonic()
        if not issued and (self.options.oauth_only or token != self.options.token):
            raise Problem(401, None, "the bearer token is missing, unknown or has expired")
        if not request.header("user-agent"):
            raise Problem(403, None, "a User-Agent is required")
        self.check_rate()
        accept = request.header("accept")
        if accept and not re.search(r"application/(scim\+)?json|application/\*|\*/\*", accept):
            raise Problem(406, None, f"Accept: {accept} takes no SCIM")
        if request.method in ("POST", "PUT", "PATCH"):
            kind = request.header("content-type").split(";")[0].strip().lower()
            if kind not in (SCIM, "application/json"):
                raise Problem(415, None, f"Content-Type {kind!r} is not {SCIM}")
        elif request.body:
            raise bad("invalidSyntax", f"{request.method} takes no body")
        if len(request.body) > self.options.max_payload:
            raise Problem(413, None, f"at most {self.options.max_payload} bytes are taken")

    def check_rate(self):
        rate = self.options.rate
        if not rate:
            return
        moment = time.monotonic()
        self.allowance = min(self.options.burst, self.allowance + (moment - self.allowed_at) * rate)
        self.allowed_at = moment
        if self.allowance < 1:
            raise Problem(429, None, "too many requests")
        self.allowance -= 1

    def issue_token(self, request):
        """OAuth 2.0 client credentials (RFC 6749 section 4.4), with Basic or in the body."""
        def refuse(status, error):
            request.complaint = f"token: {error}"
            return Answer(status, to_bytes({"error": error}), [("Cache-Control", "no-store")], "application/json")
        if request.method != "POST":
            return refuse(405, "invalid_request")
        if request.header("content-type").split(";")[0] != "application/x-www-form-urlencoded":
            return refuse(400, "invalid_request")
        form = dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace")))
        client = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        basic = request.header("authorization")
        if basic.startswith("Basic "):
            pair = base64.b64decode(basic[6:]).decode("utf-8", "replace")
            client = ":".join(urllib.parse.unquote_plus(p) for p in pair.split(":", 1))
        if form.get("grant_type") != "client_credentials":
            return refuse(400, "unsupported_grant_type")
        if not self.options.oauth_client or client != self.options.oauth_client:
            return refuse(401, "invalid_client")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.monotonic() + self.options.token_lifetime
        return Answer(200, to_bytes({"access_token": token, "token_type": "Bearer",
                                     "expires_in": int(self.options.token_lifetime)}),
                      [("Cache-Control", "no-store")], "application/json")

    # --- routes

    def route(self, request):
        path = request.path
        if not path.startswith("/scim/v2/"):
            raise Problem(404, None, f"nothing is at {path}")
        parts = [urllib.parse.unquote(p) for p in path[len("/scim/v2/"):].split("/")]
        name = parts[0]
        if name in (USERS, GROUPS) and not (name == GROUPS and self.options.no_groups):
            if len(parts) == 1:
                return self.collection(request, name)
            if parts[1:] == [".search"] and request.method == "POST":
                return self.search(request, name)
            if len(parts) == 2 and parts[1]:
                return self.resource(request, name, parts[1])
        if name in ("ServiceProviderConfig", "ResourceTypes", "Schemas") and not self.options.no_config:
            if request.method != "GET":
                raise Problem(405, None, f"{name} can only be read")
            if request.query:
                request.complaint = f"query parameters on /{name}"
            return self.discovery(name, parts[1:])
        if parts == ["Bulk"] and self.has_bulk():
            if request.method != "POST":
                raise Problem(405, None, "Bulk takes POST only")
            return self.bulk(request)
        request.complaint = f"no such endpoint: {request.method} {path}"
        raise Problem(404, None, f"nothing is at {path}")

    def has_bulk(self):
        return self.options.bulk and not self.options.no_bulk

    def discovery(self, name, rest):
        if name == "ServiceProviderConfig" and not rest:
            return Answer(200, to_bytes(self.provider_config()))
        if name == "ResourceTypes":
            found = [self.resource_type(k) for k in (USERS, GROUPS) if not (k == GROUPS and self.options.no_groups)]
        else:
            found = [self.schema(urn, name, attributes) for urn, name, attributes in self.all_schemas()]
        if not rest:
            return Answer(200, to_bytes({"schemas": [LIST], "totalResults": len(found),
                                         "startIndex": 1, "itemsPerPage": len(found), "Resources": found}))
        for entry in found:
            if "/".join(rest) in (entry.get("id"), entry.get("name")):
                return Answer(200, to_bytes(entry))
        raise Problem(404, None, f"no {name} {'/'.join(rest)!r}")

    def provider_config(self):
        options = self.options
        config = {
            "schemas": [CORE + "ServiceProviderConfig"],
            "patch": {"supported": not options.no_patch},
            "bulk": {"supported": self.has_bulk(), "maxOperations": options.bulk_max_operations,
                     "maxPayloadSize": options.bulk_max_payload},
            "filter": {"supported": not options.no_filter, "maxResults": options.max_results},
            "changePassword": {"supported": False}, "sort": {"supported": False},
            "etag": {"supported": bool(options.etag)},
            "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token",
                                       "description": "A token in the Authorization header"}],
            "meta": {"resourceType": "ServiceProviderConfig",
                     "location": self.base + "/ServiceProviderConfig"},
        }
        if options.paging != "index":
            config["pagination"] = {"cursor": True, "index": options.paging == "both",
                                    "defaultPaginationMethod": "index" if options.paging == "both" else "cursor",
                                    "defaultPageSize": options.page_size,
                                    "maxPageSize": options.max_results, "cursorTimeout": 3600}
        return config

    def resource_type(self, kind):
        return {"schemas": [CORE + "ResourceType"], "id": KIND_NAME[kind], "name": KIND_NAME[kind],
                "endpoint": "/" + kind, "schema": CORE + KIND_NAME[kind],
                "schemaExtensions": [{"schema": u, "required": False}
                                     for u in self.store.schemas.extensions[kind]],
                "meta": {"resourceType": "ResourceType",
                         "location": f"{self.base}/ResourceTypes/{KIND_NAME[kind]}"}}

    def all_schemas(self):
        for kind in (USERS, GROUPS):
            yield CORE + KIND_NAME[kind], KIND_NAME[kind], self.store.schemas.core[kind]
            for urn, attributes in self.store.schemas.extensions[kind].items():
                yield urn, urn.split(":")[-1], attributes

    def schema(self, urn, name, attributes):
        def shape(attribute):
            return {"name": attribute.name, "type": attribute.kind, "multiValued": attribute.many,
                    "required": attribute.name == "userName", "caseExact": attribute.name == "externalId",
                    "mutability": "readOnly" if attribute.read_only else "readWrite",
                    "returned": "never" if attribute.name == "password" else "default",
                    "uniqueness": "server" if attribute.name == "userName" else "none",
                    **({"subAttributes": [shape(p) for p in attribute.parts.values()]} if attribute.parts else {})}
        return {"schemas": [CORE + "Schema"], "id": urn, "name": name,
                "attributes": [shape(a) for a in attributes.values()],
                "meta": {"resourceType": "Schema", "location": f"{self.base}/Schemas/{urn}"}}

    # --- resources

    def collection(self, request, kind):
        if request.method == "GET":
            return self.page(request, kind, request.query)
        if request.method != "POST":
            raise Problem(405, None, f"/{kind} takes GET and POST")
        body = read_json(request.body)
        if isinstance(body, dict) and body.get("id"):
            request.complaint = "a POST names an id, which only the service gives"
        resource = self.store.create(kind, body)
        request.committed = True
        return self.told(resource, 201, [("Location", self.store.location(resource))])

    def told(self, resource, status, headers=()):
        headers = list(headers)
        if self.options.etag:
            headers.append(("ETag", resource.etag()))
        return Answer(status, self.store.text(resource), headers)

    def resource(self, request, kind, key):
        method = request.method
        if method not in ("GET", "PUT", "PATCH", "DELETE"):
            raise Problem(405, None, f"{method} is not for one resource")
        self.check_method(method, kind)
        resource = self.store.find(kind, key)
        if method == "GET":
            return self.get(request, resource)
        self.check_version(request, resource)
        if method == "DELETE":
            return self.delete(request, resource)
        body = read_json(request.body)
        if method == "PUT":
            if isinstance(body, dict) and body.get("id") not in (None, resource.id):
                raise bad("mutability", "the id in the body is another one")
            self.store.replace(resource, body)
            request.committed = True
            return self.told(resource, 200)
        self.patch(resource, body)
        request.committed = True
        return self.told(resource, 200) if self.options.patch_answer == 200 else Answer(204, headers=(
            [("ETag", resource.etag())] if self.options.etag else []))

    def check_method(self, method, kind):
        options = self.options
        if method == "PATCH" and options.no_patch:
            raise Problem(options.no_patch, None, "PATCH is not supported")
        if method == "PUT" and options.no_put == "html":
            raise unrouted()
        if method == "PUT" and options.no_put in (kind, "all"):
            raise Problem(405, None, f"PUT is not supported for {kind}")
        if method == "DELETE" and options.delete == "unrouted":
            raise unrouted()
        if method == "DELETE" and options.delete == "refuse":
            raise Problem(405, None, "DELETE is not supported")

    def check_version(self, request, resource):
        given = request.header("if-match")
        if self.options.require_if_match and not given:
            raise Problem(428, None, "If-Match is required")
        if self.options.etag and given and given != "*" and \
                resource.etag() not in [t.strip() for t in given.split(",")]:
            raise Problem(412, None, f"the version is {resource.etag()}, not {given}")

    def get(self, request, resource):
        asked = request.header("if-none-match")
        if self.options.etag and asked and resource.etag() in [t.strip() for t in asked.split(",")]:
            return Answer(304, headers=[("ETag", resource.etag())])
        if "attributes" in request.query or "excludedAttributes" in request.query:
            return Answer(200, to_bytes(self.project(resource, request.query)))
        return self.told(resource, 200)

    def project(self, resource, query):
        """A view with attributes or excludedAttributes applied (whole attributes and name.part)."""
        if self.options.no_attributes:
            raise bad("invalidValue", "attributes and excludedAttributes are not supported")
        wanted = [a.strip() for a in query.get("attributes", "").split(",") if a.strip()]
        unwanted = [a.strip() for a in query.get("excludedAttributes", "").split(",") if a.strip()]
        if wanted and unwanted:
            raise bad("invalidValue", "attributes and excludedAttributes exclude each other")
        needs_members = "members" in wanted or (not wanted and "members" not in unwanted)
        view = self.store.view(resource, needs_members)
        if wanted:
            tops = {a.split(".")[0] if not a.startswith("urn:") else a.rsplit(":", 1)[0] for a in wanted}
            tops |= set(wanted)
            return {k: v for k, v in view.items() if k in tops or k in ("schemas", "id")}
        return {k: v for k, v in view.items() if k not in unwanted or k in ("schemas", "id")}

    def delete(self, request, resource):
        self.store.delete(resource)
        request.committed = True
        if self.options.delete == "gone":
            raise Problem(404, None, "it is not there (any more)")
        return Answer(204)

    def patch(self, resource, body):
        options = self.options
        operations = read_patch(body, options.lenient, options.accept_remove_value)
        patch = Patch(self.store.schemas, resource.kind, resource.data, resource.members or {},
                      self.store.check_members, not options.no_replace_members)
        patch.apply(operations)
        self.store.check_member_count(patch.named)
        if resource.kind == GROUPS and resource.id in patch.members:
            raise bad("invalidValue", "a group cannot be its own member")
        self.store.commit(resource, patch.data, patch.members if patch.touched else None)

    # --- lists

    def search(self, request, kind):
        body = read_json(request.body)
        if not isinstance(body, dict) or body.get("schemas") != [MESSAGE + "SearchRequest"]:
            raise bad("invalidSyntax", f"a search needs 'schemas': [\"{MESSAGE}SearchRequest\"]")
        query = {k: ",".join(v) if isinstance(v, list) else str(v)
                 for k, v in body.items() if k != "schemas"}
        return self.page(request, kind, query)

    def page(self, request, kind, query):
        unknown = set(query) - LIST_QUERY
        if unknown:
            request.complaint = f"unknown query parameters: {sorted(unknown)}"
        if "sortBy" in query:
            raise Problem(501, None, "sorting is not supported")
        tree = parse_filter(query["filter"]) if "filter" in query else None
        found = self.store.select(kind, tree)
        paging = self.options.paging
        if paging != "index" and ("cursor" in query or paging == "cursor"):
            if "startIndex" in query and paging == "cursor":
                raise bad("invalidValue", "startIndex is not supported; use cursor")
            return self.cursor_page(request, kind, query, found)
        if "cursor" in query:
            raise bad("invalidCursor", "cursors are not supported")
        start = max(1, whole_number(query, "startIndex", 1))
        count = max(0, min(whole_number(query, "count", self.options.page_size), self.options.max_results))
        number = (start - 1) // max(1, count) + 1
        chosen = found[start - 1:start - 1 + count]
        return self.list_answer(request, kind, query, chosen, number,
                                {"totalResults": len(found), "startIndex": start,
                                 "itemsPerPage": len(chosen)}, found)

    def cursor_page(self, request, kind, query, found):
        """RFC 9865; a cursor carries the place after which the next page begins, the filter and the count."""
        count = whole_number(query, "count", self.options.page_size)
        if not 0 <= count <= self.options.max_results:
            raise bad("invalidCount", f"count must be 0 to {self.options.max_results}")
        after, number = 0, 1
        bound = [kind, query.get("filter"), count]
        if query.get("cursor"):
            try:
                text = base64.urlsafe_b64decode(query["cursor"] + "==").decode()
                *said, after, number = json.loads(text)
            except (ValueError, TypeError) as e:
                raise bad("invalidCursor", "the cursor is not one of this service") from e
            if said != bound:
                raise bad("invalidCursor", "the cursor belongs to another query")
        rest = [r for r in found if r.place > after] if after else found
        chosen = rest[:count]
        numbers = {"totalResults": len(found), "itemsPerPage": len(chosen)}
        if len(rest) > len(chosen) and chosen:
            text = json.dumps([*bound, chosen[-1].place, number + 1])
            numbers["nextCursor"] = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return self.list_answer(request, kind, query, chosen, number, numbers, found)

    def list_answer(self, request, kind, query, chosen, number, numbers, found):
        fault = self.options.list_fault
        if fault and (number < self.options.list_fault_page or
                      self.options.list_fault_kind not in ("", kind) or "filter" in query):
            fault = ""
        if fault == "repeat" and number > 1:
            chosen = found[:len(chosen)]
        if fault == "repeat" and "nextCursor" in numbers and query.get("cursor"):
            numbers["nextCursor"] = query["cursor"]
        if "attributes" in query or "excludedAttributes" in query:
            texts = [to_bytes(self.project(r, query)) for r in chosen]
        else:
            texts = [self.store.text(r) for r in chosen]
        if fault:
            request.fault = "list " + fault
            return self.broken_list(fault, kind, chosen, texts, numbers)
        return Answer(200, list_bytes(numbers, texts))

    def broken_list(self, fault, kind, chosen, texts, numbers):
        whole = numbers["totalResults"]
        if fault == "shrink" and chosen:
            self.store.delete(chosen[0])
        elif fault == "grow" and chosen:
            self.store.create(kind, {**self.store.view(chosen[0]), "externalId": secrets.token_hex(8),
                                     "userName": secrets.token_hex(8)} if kind == USERS else
                              {"schemas": [CORE + "Group"], "displayName": secrets.token_hex(8)})
        elif fault == "total-high":
            numbers["totalResults"] = whole + 7
        elif fault == "total-low":
            numbers["totalResults"] = max(0, whole - 7)
        elif fault == "total-missing":
            del numbers["totalResults"]
        elif fault == "total-text":
            numbers["totalResults"] = str(whole)
        elif fault == "no-id" and chosen:
            view = self.store.view(chosen[0])
            del view["id"]
            texts[0] = to_bytes(view)
        elif fault == "not-object" and texts:
            texts[0] = b'"a text"'
        elif fault == "duplicate" and len(texts) > 1:
            texts[1] = texts[0]
        elif fault == "bad-utf8" and texts:
            texts[0] = texts[0].replace(b'"displayName":"', b'"displayName":"\xff\xc0\x80', 1)
        elif fault == "huge" and texts:
            texts[0] = texts[0].replace(b'"displayName":"', b'"displayName":"' + b"x" * self.options.huge_size, 1)
        elif fault == "html":
            return Answer(200, HTML, kind="text/html; charset=utf-8")
        elif fault == "error":
            raise Problem(self.options.error_status, None, "something broke")
        elif fault == "empty":
            return Answer(200, b"")
        body = list_bytes(numbers, texts)
        if fault == "no-resources":
            body = to_bytes({"schemas": [LIST], **numbers})
        elif fault == "null-resources":
            body = to_bytes({"schemas": [LIST], **numbers, "Resources": None})
        elif fault == "truncated":
            return Answer(200, body[:len(body) // 2])
        elif fault == "cut":
            return Answer(200, body, manner="half")
        return Answer(200, body)

    # --- Bulk (RFC 7644 section 3.7)

    def bulk(self, request):
        options = self.options
        if len(request.body) > options.bulk_max_payload:
            raise Problem(413, None, f"at most {options.bulk_max_payload} bytes (maxPayloadSize)")
        body = read_json(request.body)
        if not isinstance(body, dict) or body.get("schemas") != [MESSAGE + "BulkRequest"]:
            raise bad("invalidSyntax", f"a Bulk body needs 'schemas': [\"{MESSAGE}BulkRequest\"]")
        operations = body.get("Operations")
        if not isinstance(operations, list) or not operations:
            raise bad("invalidSyntax", "'Operations' must be an array of at least one operation")
        if len(operations) > options.bulk_max_operations:
            raise Problem(413, None, f"at most {options.bulk_max_operations} operations (maxOperations)")
        names = [o.get("bulkId") for o in operations if isinstance(o, dict) and o.get("bulkId")]
        if len(set(names)) != len(names):
            raise bad("invalidSyntax", "a bulkId is used twice")
        self.bulk_ids, answers, failures = {}, [], 0
        for operation in operations:
            answers.append(self.bulk_one(request, operation))
            failures += int(answers[-1]["status"]) >= 400
            if body.get("failOnErrors") and failures >= body["failOnErrors"]:
                break
        return Answer(200, to_bytes({"schemas": [MESSAGE + "BulkResponse"], "Operations": answers}))

    def bulk_one(self, outer, operation):
        if not isinstance(operation, dict) or set(operation) - {"method", "path", "bulkId", "data", "version"}:
            raise bad("invalidSyntax", "an operation holds method, path, bulkId, version and data only")
        method, path = operation.get("method"), operation.get("path", "")
        answer = {"method": method}
        if "bulkId" in operation:
            answer["bulkId"] = operation["bulkId"]
        if method == "POST" and "bulkId" not in operation:
            raise bad("invalidSyntax", "a POST in Bulk needs a bulkId")
        try:
            target = "/scim/v2" + self.resolve(path)
            data = operation.get("data")
            inner = Request(method, target, {"if-match": operation.get("version", "")},
                            to_bytes(json.loads(self.resolve(json.dumps(data)))) if data is not None else b"")
            if not re.match(r"^/scim/v2/(Users|Groups)(/[^/]+)?$", target) or method not in WRITES:
                raise bad("invalidPath", f"{method} {path} cannot be in Bulk")
            told = self.route(inner)
            outer.committed = outer.committed or inner.committed
            outer.complaint = outer.complaint or inner.complaint
            answer["status"] = str(told.status)
            location = dict(told.headers).get("Location") or self.base + self.resolve(path)
            answer["location"] = location
            if method == "POST":
                self.bulk_ids[operation["bulkId"]] = json.loads(told.body)["id"]
        except Problem as e:
            answer["status"], answer["response"] = str(e.status), e.body()
            if e.status not in (404, 409, 412):
                outer.complaint = outer.complaint or e.detail
        return answer

    def resolve(self, text):
        def known(m):
            if m.group(1) not in self.bulk_ids:
                raise Problem(409, None, f"bulkId:{m.group(1)} is not known (yet)")
            return self.bulk_ids[m.group(1)]
        return re.sub(r'bulkId:([^"/]+)', known, text)

    # --- orders of a test

    def control(self, request):
        if request.header("authorization") != f"Bearer {self.options.control_token}":
            return Answer(401, b"{}", kind="application/json")
        try:
            values = json.loads(request.body or b"{}")
            result = getattr(self, "order_" + request.path[len("/_control/"):])(**values)
            return Answer(200, to_bytes(result if result is not None else {}), kind="application/json")
        except (Problem, AttributeError, TypeError, ValueError, KeyError) as e:
            return Answer(400, to_bytes({"error": repr(e)}), kind="application/json")

    def order_set(self, **values):
        known = {name: default for name, default, _ in OPTIONS}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no such option: {name}")
            check_choice(name, value)
            setattr(self.options, name, value)
        self.apply_profile(values.get("profile", ""))
        if any(n.endswith("_every") or n.startswith("fault") for n in values):
            self.counts.clear()
            self.faults = 0
        if values.keys() & {"lenient", "extension"}:
            self.store.schemas = self.make_schemas()
        self.allowance, self.allowed_at = float(self.options.burst), time.monotonic()
        self.store.forget_texts()

    def order_dump(self):
        return self.store.dump()

    def order_load(self, **state):
        self.store.load(state)

    def order_reset(self):
        self.store.reset()

    def order_generate(self, users=0, groups=0, members=0):
        self.store.generate(users, groups, members)

    def order_stats(self):
        return {"requests": self.number, "faults": self.faults, "connections": self.connections,
                "max_in_flight": self.max_in_flight, "users": len(self.store.all[USERS]),
                "groups": len(self.store.all[GROUPS]),
                "memberships": sum(len(g.members) for g in self.store.all[GROUPS].values())}

    def order_create(self, kind, resource):
        resource.setdefault("schemas", [CORE + KIND_NAME[kind]])
        return self.store.view(self.store.create(kind, resource))

    def order_update(self, kind, id, values):
        resource = self.store.find(kind, id)
        members = values.pop("members", None)
        merged = {k: v for k, v in {**resource.data, **values}.items() if v is not None}
        checked = self.store.check_members(members) if members is not None else None
        self.store.commit(resource, merged, checked)
        return self.store.view(resource)

    def order_delete(self, kind, id):
        self.store.delete(self.store.find(kind, id))

    def order_revoke(self):
        self.tokens.clear()


def unrouted():
    problem = Problem(404, None, "no such page")
    problem.html = True
    return problem


def whole_number(query, name, default):
    text = query.get(name)
    if text is None:
        return default
    if not re.match(r"^-?\d{1,9}$", text):
        raise bad("invalidValue", f"{name} must be a whole number, not {text!r}")
    return int(text)


def list_bytes(numbers, texts):
    head = to_bytes({"schemas": [LIST], **numbers})[:-1]
    return head + b',"Resources":[' + b",".join(texts) + b"]}"


async def serve(options):
    with open(options.log, "a", encoding="utf-8") as log:
        service = Service(options, log)
        service.store.generate(options.users, options.groups, options.members)
        if options.load:
            with open(options.load, encoding="utf-8") as f:
                service.store.load(json.load(f))
        context = None
        if options.tls_cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options.tls_cert, options.tls_key)
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(service), options.host, options.port, backlog=1024, ssl=context)
        port = server.sockets[0].getsockname()[1]
        service.listen_on(f"http{'s' if context else ''}://{options.host}:{port}")
        print(f"port {port}", flush=True)
        await asyncio.sleep(options.lifetime)


def main():
    try:
        asyncio.run(serve(read_options()))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
