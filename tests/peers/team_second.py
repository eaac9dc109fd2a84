# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for Clerk, GitHub, GitLab, Sentry, WorkOS and Auth0, from their documentation."""
import json
import time
import urllib.parse

from team_core import Complaint, OAuthService, Refusal, TeamService, iso


class Clerk(TeamService):
    """Offset paging with limit and total_count, milliseconds, bulk invitations, revocation by POST."""

    profile, base, secret = "clerk", "/v1", "sk_test_0123456789"
    member_role, admin_role = "org:member", "org:admin"
    invite_path, list_paths = "/bulk", ("/memberships", "/invitations")
    routes = (("GET", r"/organizations/org_1/memberships", "list"),
              ("GET", r"/organizations/org_1/invitations", "list_invitations"),
              ("POST", r"/organizations/org_1/invitations/bulk", "bulk"),
              ("POST", r"/organizations/org_1/invitations", "invite_one"),
              ("POST", r"/organizations/org_1/invitations/([^/]+)/revoke", "revoke"),
              ("PATCH", r"/organizations/org_1/memberships/([^/]+)", "set_role"),
              ("DELETE", r"/organizations/org_1/memberships/([^/]+)", "remove_one"))

    def settings(self):
        return {"profile": "clerk", "organization": "org_1", "key_kind": "test"}

    def new_invitation_id(self):
        return f"orginv_{next(self.numbers)}"

    def error(self, status, code, message):
        return {"errors": [{"code": code, "message": message, "long_message": message, "meta": {}}],
                "clerk_trace_id": "trace-1"}

    def already_invited(self, email):
        raise Refusal(400, "duplicate_record", f"duplicate invitation {email}")

    def already_member(self, email):
        raise Refusal(400, "already_a_member_of_organization", f"{email} is a member")

    def shape(self, p):
        return {"object": "organization_invitation", "id": p.id, "email_address": p.email, "role": p.role,
                "status": p.state, "url": self.link + p.code, "created_at": int(p.created * 1000),
                "expires_at": int((p.created + 30 * 86400) * 1000), "organization_id": "org_1"}

    def offset(self, request, more=()):
        query = self.query_of(request, ("offset", *more), ("limit",))
        if not 1 <= int(query["limit"]) <= 500:
            raise Complaint("limit")
        return query

    def list(self, request):
        query = self.offset(request)
        data = [{"object": "organization_membership", "id": f"orgmem_{p.id}", "role": p.role,
                 "created_at": int(p.created * 1000), "public_user_data": {
                     "user_id": p.id, "identifier": p.email, "first_name": p.given, "last_name": p.family,
                     "banned": False}} for p in self.members]
        return self.say(200, {"data": self.page(data, int(query["limit"]), int(query.get("offset", 0))),
                              "total_count": len(data)})

    def list_invitations(self, request):
        query = self.offset(request, ("status",))
        data = [self.shape(p) for p in self.shown_invitations()
                if p.state == query.get("status", p.state)]
        return self.say(200, {"data": self.page(data, int(query["limit"]), int(query.get("offset", 0))),
                              "total_count": len(data)})

    def one(self, item):
        self.check_keys(item, ("email_address", "role"),
                        ("inviter_user_id", "public_metadata", "redirect_url", "expires_in_days", "notify"))
        self.check_role(item["role"], ("org:admin", "org:member"))
        return self.shape(self.invite(item["email_address"], item["role"]))

    def bulk(self, request):
        body = self.body_of(request)
        if not isinstance(body, list) or not 1 <= len(body) <= 10:
            raise Complaint("bulk takes a list of 1 to 10")
        return self.say(200, {"data": [self.one(item) for item in body], "total_count": len(body)})

    def invite_one(self, request):
        return self.say(200, self.one(self.body_of(request, ("email_address", "role"))))

    def revoke(self, request, invitation):
        self.body_of(request, (), ("requesting_user_id",))
        person = self.by_id(self.invitations, invitation)
        if person.state != "pending":
            raise Refusal(400, "organization_invitation_not_pending", "not pending")
        person.state = "revoked"
        return self.say(200, self.shape(person))

    def set_role(self, request, user):
        body = self.body_of(request, ("role",))
        self.check_role(body["role"], ("org:admin", "org:member"))
        self.by_id(self.members, user).role = body["role"]
        return self.say(200, {})

    def remove_one(self, request, user):
        self.no_body(request)
        self.remove(self.by_id(self.members, user))
        return self.say(200, {"deleted": True})


class Github(TeamService):
    """Members by login, roles from the query, Link headers; invitations with ids that are numbers."""

    profile, secret = "github", "ghp_0123456789"
    member_role, admin_role = "member", "admin"
    invite_path, list_paths = "/invitations", ("/members", "/invitations")
    by_login = True
    routes = (("GET", r"/orgs/acme/members", "list"),
              ("GET", r"/orgs/acme/invitations", "list_invitations"),
              ("POST", r"/orgs/acme/invitations", "invite_one"),
              ("PUT", r"/orgs/acme/memberships/([^/]+)", "set_role"),
              ("DELETE", r"/orgs/acme/memberships/([^/]+)", "remove_one"),
              ("DELETE", r"/orgs/acme/invitations/([^/]+)", "revoke"))

    def settings(self):
        return {"profile": "github", "organization": "acme"}

    def filled(self):
        self.add("owner@example.com", "admin", login="owner")

    def new_id(self):
        return 9007199254740993 + next(self.numbers)  # beyond what a double holds

    new_invitation_id = new_id

    def join(self, invited, email):
        return self.add(email, self.role_joined(invited.role), login=email.split("@")[0])

    def role_joined(self, role):
        return "member" if role == "direct_member" else role

    def error(self, status, code, message):
        return {"message": "Validation Failed" if status == 422 else code, "documentation_url": "x",
                "errors": [{"resource": "OrganizationInvitation", "code": code, "message": message}]}

    def common(self, request):
        if request.header("accept") != "application/vnd.github+json":
            raise Complaint(f"accept {request.header('accept')!r}")
        if request.header("x-github-api-version") != "2022-11-28":
            raise Complaint("x-github-api-version")

    def linked(self, request, data, query):
        size, page = int(query["per_page"]), int(query.get("page", 1))
        if size > 100:
            raise Complaint("per_page")
        shown = self.page(data, size, (page - 1) * (self.page_limit or size))
        headers = []
        if page * (self.page_limit or size) < len(data):
            more = urllib.parse.urlencode({**query, "page": page + 1})
            link = f"{self.origin(request)}{request.path}?{more}"
            headers.append(("Link", f'<{link}>; rel="next", <{link}>; rel="last"'))
        return self.say(200, shown, headers)

    def list(self, request):
        query = self.query_of(request, ("page",), ("role", "per_page"))
        people = [p for p in self.members if query["role"] in ("all", p.role)]
        return self.linked(request, [{"login": p.login, "id": p.id, "type": "User", "site_admin": False}
                                     for p in people], query)

    def list_invitations(self, request):
        query = self.query_of(request, ("page",), ("per_page",))
        return self.linked(request, [
            {"id": p.id, "login": None, "email": p.email, "role": p.role, "created_at": iso(p.created),
             "failed_at": iso(p.created) if p.state == "expired" else None, "failed_reason": None,
             "team_count": 0, "invitation_teams_url": self.link}
            for p in self.shown_invitations() if p.state in ("pending", "expired")], query)

    def already_member(self, email):
        raise Refusal(422, "unprocessable", "Invitee is already a part of this organization")

    def already_invited(self, email):
        raise Refusal(422, "unprocessable", "A user with this email address is already invited")

    def invite_one(self, request):
        body = self.body_of(request, ("email", "role"), ("team_ids",))
        self.check_role(body["role"], ("direct_member", "admin", "billing_manager"))
        return self.say(201, {"id": self.invite(body["email"], body["role"]).id})

    def by_name(self, login):
        found = [p for p in self.members if p.login == login]
        if not found:
            raise Refusal(404, "Not Found")
        return found[0]

    def set_role(self, request, login):
        body = self.body_of(request, ("role",))
        self.check_role(body["role"], ("member", "admin"))
        self.by_name(login).role = body["role"]
        return self.say(200, {"state": "active", "role": body["role"]})

    def remove_one(self, request, login):
        self.no_body(request)
        self.remove(self.by_name(login))
        return self.say(204)

    def revoke(self, request, invitation):
        self.no_body(request)
        self.by_id([p for p in self.invitations if p.state == "pending"], invitation).state = "revoked"
        return self.say(204)


class Gitlab(TeamService):
    """Roles are numbers, bodies are forms, invitations are addressed by e-mail, errors by address."""

    profile, base, secret = "gitlab", "/api/v4", "glpat-0123456789"
    member_role, admin_role, second_role = 30, 50, 40
    house_roles = {"member": "developer", "admin": "maintainer"}
    invite_path, list_paths = "/invitations", ("/members", "/invitations")
    by_login = True
    routes = (("GET", r"/groups/(?:a%2Fb)/members", "list"),
              ("GET", r"/groups/(?:a%2Fb)/invitations", "list_invitations"),
              ("POST", r"/groups/(?:a%2Fb)/invitations", "invite_many"),
              ("PUT", r"/groups/(?:a%2Fb)/invitations/([^/]+)", "invite_role"),
              ("DELETE", r"/groups/(?:a%2Fb)/invitations/([^/]+)", "revoke"),
              ("PUT", r"/groups/(?:a%2Fb)/members/([^/]+)", "set_role"),
              ("DELETE", r"/groups/(?:a%2Fb)/members/([^/]+)", "remove_one"))

    def settings(self):
        return {"profile": "gitlab", "organization": "a/b"}

    def filled(self):
        self.add("owner@example.com", 50, login="owner")

    def new_id(self):
        return next(self.numbers)

    def join(self, invited, email):
        return self.add(email, invited.role, login=email.split("@")[0])

    def authenticate(self, request):
        if request.header("private-token") != self.secret:
            raise Refusal(401, "401 Unauthorized")

    def error(self, status, code, message):
        return {"message": f"{status} {message}"}

    def form_of(self, request, names):
        if request.header("content-type") != "application/x-www-form-urlencoded":
            raise Complaint(f"content-type {request.header('content-type')!r}")
        request.body_seen = True
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        self.check_keys(form, names)
        if int(form["access_level"]) not in (5, 10, 15, 20, 30, 40, 50):
            raise Refusal(400, "access_level")
        return form

    def numbered(self, request, data):
        query = self.query_of(request, ("page",), ("per_page",))
        size = self.page_limit or int(query["per_page"])
        page = int(query.get("page", 1))
        more = page * size < len(data)
        return self.say(200, data[(page - 1) * size:page * size],
                        [("X-Next-Page", str(page + 1) if more else "")])

    def list(self, request):
        return self.numbered(request, [
            {"id": p.id, "username": p.login, "name": p.login.title(), "state": "active",
             "access_level": p.role, "expires_at": None, "web_url": "https://gitlab.example/" + p.login}
            for p in self.members])

    def list_invitations(self, request):
        return self.numbered(request, [
            {"id": p.id, "invite_email": p.email, "access_level": p.role, "created_at": iso(p.created),
             "expires_at": None, "user_name": None, "created_by_name": "Olga",
             "invite_token": p.code} for p in self.shown_invitations() if p.state == "pending"])

    def invite_many(self, request):
        form = self.form_of(request, ("email", "access_level"))
        wrong = {}
        for email in form["email"].split(","):
            try:
                self.invite(email, int(form["access_level"]))
            except Refusal as refusal:
                wrong[email] = refusal.message
        if wrong:
            return self.say(201, {"status": "error", "message": wrong})
        return self.say(201, {"status": "success"})

    def already_member(self, email):
        raise Refusal(409, "x", "User already exists in source")

    def already_invited(self, email):
        raise Refusal(409, "x", "The member's email address has already been taken: already invited")

    def waiting(self, email):
        person = self.invitation(email)
        if not person:
            raise Refusal(404, "Not found")
        return person

    def invite_role(self, request, email):
        self.waiting(email).role = int(self.form_of(request, ("access_level",))["access_level"])
        return self.say(200, {"invite_email": email})

    def revoke(self, request, email):
        self.no_body(request)
        self.waiting(email).state = "revoked"
        return self.say(204)

    def set_role(self, request, user):
        self.by_id(self.members, user).role = int(self.form_of(request, ("access_level",))["access_level"])
        return self.say(200, {})

    def remove_one(self, request, user):
        self.no_body(request)
        self.remove(self.by_id(self.members, user))
        return self.say(204)


class Sentry(TeamService):
    """Pending among the members, slashes at the end, a next page in every Link header."""

    profile, secret = "sentry", "sntrys_0123456789"
    member_role, admin_role, second_role = "member", "owner", "manager"
    house_roles = {"member": "member", "admin": "manager"}
    invite_path, list_paths = "/members/", ("/members/",)
    routes = (("GET", r"/api/0/organizations/acme/members/", "list"),
              ("POST", r"/api/0/organizations/acme/members/", "invite_one"),
              ("PUT", r"/api/0/organizations/acme/members/([^/]+)/", "change"),
              ("DELETE", r"/api/0/organizations/acme/members/([^/]+)/", "remove_one"))

    def settings(self):
        return {"profile": "sentry", "organization": "acme"}

    def new_id(self):
        return str(next(self.numbers))

    new_invitation_id = new_id

    def join(self, invited, email):
        return self.add(email, invited.role, id=invited.id)

    def error(self, status, code, message):
        return {"detail": message}

    def shape(self, p, pending):
        return {"id": p.id, "email": p.email, "name": p.email, "user": None if pending else {"id": "1"},
                "orgRole": p.role, "pending": pending, "expired": p.state == "expired",
                "flags": {"idp:provisioned": getattr(p, "managed", False), "sso:linked": False},
                "inviteStatus": "approved", "inviterName": "Olga", "dateCreated": iso(p.created),
                "invite_link": self.link + p.code}

    def everyone(self):
        return [self.shape(p, False) for p in self.members] + \
            [self.shape(p, True) for p in self.shown_invitations() if p.state in ("pending", "expired")]

    def list(self, request):
        query = self.query_of(request, ("cursor",), ("per_page",))
        start = int(query.get("cursor", "0:0:0").split(":")[1])
        data = self.everyone()
        shown = self.page(data, int(query["per_page"]), start)
        end = start + len(shown)
        link = f"{self.origin(request)}{request.path}?per_page={query['per_page']}&cursor=0:{end}:0"
        more = "true" if end < len(data) else "false"
        return self.say(200, shown, [("Link", f'<{link}>; rel="previous"; results="false"; cursor="0:0:1", '
                                      f'<{link}>; rel="next"; results="{more}"; cursor="0:{end}:0"')])

    def already_member(self, email):
        raise Refusal(400, "x", f"{email} is already a member")

    def already_invited(self, email):
        raise Refusal(400, "x", f"{email} has already been invited")

    def invite_one(self, request):
        body = self.body_of(request, ("email", "orgRole", "sendInvite"), ("teamRoles", "reinvite"))
        self.check_role(body["orgRole"], ("billing", "member", "manager", "owner"))
        if body["sendInvite"] is not True or len(body["email"]) > 75:
            raise Complaint("sendInvite, email")
        return self.say(201, self.shape(self.invite(body["email"], body["orgRole"]), True))

    def anyone(self, member):
        return self.by_id(self.members + [p for p in self.invitations if p.state in ("pending", "expired")],
                          member)

    def change(self, request, member):
        body = self.body_of(request, (), ("orgRole", "reinvite", "teamRoles"))
        if not body:
            raise Complaint("nothing to change")
        person = self.anyone(member)
        if getattr(person, "managed", False):
            raise Refusal(403, "x", "managed by the identity provider")
        if "orgRole" in body:
            self.check_role(body["orgRole"], ("billing", "member", "manager", "owner"))
            person.role = body["orgRole"]
        if body.get("reinvite"):
            person.state, person.created = "pending", time.time()
            self.mails.append(person.email)
        return self.say(200, {})

    def remove_one(self, request, member):
        self.no_body(request)
        person = self.anyone(member)
        if person in self.members:
            self.remove(person)
        else:
            person.state = "revoked"
        return self.say(204)


class Workos(TeamService):
    """Members by status, invitations with a token, codes of errors that say 'already'."""

    profile, secret = "workos", "sk_test_0123456789"
    member_role, admin_role = "member", "admin"
    invite_path, list_paths = "/invitations", ("/organization_memberships", "/invitations")
    routes = (("GET", r"/user_management/organization_memberships", "list"),
              ("GET", r"/user_management/invitations", "list_invitations"),
              ("POST", r"/user_management/invitations", "invite_one"),
              ("POST", r"/user_management/invitations/([^/]+)/resend", "resend"),
              ("POST", r"/user_management/invitations/([^/]+)/revoke", "revoke"),
              ("PUT", r"/user_management/organization_memberships/([^/]+)", "set_role"),
              ("DELETE", r"/user_management/organization_memberships/([^/]+)", "remove_one"))

    def settings(self):
        return {"profile": "workos", "organization": "org_1", "key_kind": "test"}

    def new_id(self):
        return f"om_{next(self.numbers)}"

    def new_invitation_id(self):
        return f"invitation_{next(self.numbers)}"

    def error(self, status, code, message):
        return {"code": code, "message": message}

    def cursor(self, request, data, more=()):
        request.query_seen = True
        pairs = urllib.parse.parse_qsl(request.query_text)
        query = dict(pairs)
        if set(query) - {"organization_id", "limit", "after", *more} or query["organization_id"] != "org_1" \
                or int(query["limit"]) > 100:
            raise Complaint(f"query {request.query_text}")
        ids = [d["id"] for d in data]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        shown = self.page(data, int(query["limit"]), start)
        last = shown[-1]["id"] if shown and start + len(shown) < len(data) else None
        return self.say(200, {"object": "list", "data": shown,
                              "list_metadata": {"before": None, "after": last}})

    def list(self, request):
        statuses = [v for k, v in urllib.parse.parse_qsl(request.query_text) if k == "statuses[]"]
        if sorted(statuses) != ["active", "inactive", "pending"]:
            raise Complaint(f"statuses {statuses}")
        return self.cursor(request, [
            {"id": p.id, "user_id": "user_" + p.id, "organization_id": "org_1", "status": "active",
             "role": {"slug": p.role}, "directory_managed": getattr(p, "managed", False),
             "created_at": iso(p.created),
             "user": {"email": p.email, "first_name": p.given, "last_name": p.family}}
            for p in self.members], ("statuses[]",))

    def shape(self, p):
        return {"object": "invitation", "id": p.id, "email": p.email, "state": p.state, "role_slug": p.role,
                "token": p.code, "accept_invitation_url": self.link + p.code, "created_at": iso(p.created),
                "expires_at": iso(p.created + 30 * 86400), "organization_id": "org_1"}

    def list_invitations(self, request):
        return self.cursor(request, [self.shape(p) for p in self.shown_invitations()])

    def already_member(self, email):
        raise Refusal(400, "user_already_organization_member", "is a member")

    def already_invited(self, email):
        raise Refusal(400, "email_already_invited_to_organization", "is invited")

    def invite_one(self, request):
        body = self.body_of(request, ("email", "organization_id", "role_slug"),
                            ("expires_in_days", "inviter_user_id", "locale"))
        self.check_role(body["role_slug"], ("member", "admin"))
        return self.say(201, self.shape(self.invite(body["email"], body["role_slug"])))

    def open(self, invitation):
        return self.by_id([p for p in self.invitations if p.state in ("pending", "expired")], invitation)

    def resend(self, request, invitation):
        if self.body_of(request) not in ({}, None):
            raise Complaint("body")
        person = self.open(invitation)
        person.state, person.created = "pending", time.time()
        self.mails.append(person.email)
        return self.say(200, self.shape(person))

    def revoke(self, request, invitation):
        if self.body_of(request) not in ({}, None):
            raise Complaint("body")
        self.open(invitation).state = "revoked"
        return self.say(200, {})

    def set_role(self, request, member):
        body = self.body_of(request, ("role_slug",))
        self.check_role(body["role_slug"], ("member", "admin"))
        self.by_id(self.members, member).role = body["role_slug"]
        return self.say(200, {})

    def remove_one(self, request, member):
        self.no_body(request)
        self.remove(self.by_id(self.members, member))
        return self.say(204)


class Auth0(OAuthService):
    """Two ways of paging, ids with a bar, roles by id, a body on DELETE."""

    profile, base, secret = "auth0", "/api/v2", "auth0-secret-0123456789"
    member_role, admin_role = "rol_member", "rol_admin"
    invite_path, list_paths = "/invitations", ("/members", "/invitations")
    audience = "https://acme.eu.auth0.com/api/v2/"
    routes = (("GET", r"/roles", "list_roles"),
              ("GET", r"/organizations/org_1/members", "list"),
              ("GET", r"/organizations/org_1/invitations", "list_invitations"),
              ("POST", r"/organizations/org_1/invitations", "invite_one"),
              ("DELETE", r"/organizations/org_1/invitations/([^/]+)", "revoke"),
              ("POST", r"/organizations/org_1/members/([^/]+)/roles", "add_role"),
              ("DELETE", r"/organizations/org_1/members/([^/]+)/roles", "take_role"),
              ("DELETE", r"/organizations/org_1/members", "remove_many"))

    def settings(self):
        return {"profile": "auth0", "organization": "org_1", "client_id": self.client_id,
                "application": "app_1", "audience": self.audience}

    def new_id(self):
        return f"auth0|{next(self.numbers)}"

    def new_invitation_id(self):
        return f"uinv_{next(self.numbers)}"

    def error(self, status, code, message):
        return {"statusCode": status, "error": "Bad", "message": message, "errorCode": code}

    def totals(self, request, name, data):
        query = self.query_of(request, (), ("page", "per_page", "include_totals"))
        size = int(query["per_page"])
        if size > 100 or query["include_totals"] != "true":
            raise Complaint("per_page, include_totals")
        start = int(query["page"]) * size
        return self.say(200, {"start": start, "limit": size, "total": len(data),
                              name: data[start:start + size]})

    def list_roles(self, request):
        return self.totals(request, "roles", [{"id": "rol_member", "name": "member", "description": ""},
                                              {"id": "rol_admin", "name": "admin", "description": ""}])

    def list(self, request):
        query = self.query_of(request, ("from",), ("take", "fields"))
        if "roles" not in query["fields"].split(",") or int(query["take"]) > 100:
            raise Complaint("fields, take")
        data = [{"user_id": p.id, "email": p.email, "name": p.given,
                 "roles": [{"id": r, "name": r[4:]} for r in getattr(p, "roles", [p.role])]}
                for p in self.members]
        start = int(query.get("from", 0))
        shown = self.page(data, int(query["take"]), start)
        body = {"members": shown}
        if start + len(shown) < len(data):
            body["next"] = str(start + len(shown))
        return self.say(200, body)

    def list_invitations(self, request):
        return self.totals(request, "invitations", [
            {"id": p.id, "inviter": {"name": "muster"}, "invitee": {"email": p.email}, "client_id": "app_1",
             "roles": [p.role], "created_at": iso(p.created), "expires_at": iso(p.created + 7 * 86400),
             "invitation_url": self.link + p.code, "ticket_id": p.code, "organization_id": "org_1"}
            for p in self.shown_invitations() if p.state == "pending"])

    def invite_one(self, request):
        body = self.body_of(request, ("inviter", "invitee", "client_id", "roles", "send_invitation_email"),
                            ("ttl_sec",))
        if body["client_id"] != "app_1" or body["send_invitation_email"] is not True \
                or body["inviter"] != {"name": "muster"}:
            raise Complaint(json.dumps(body))
        (role,) = body["roles"]
        self.check_role(role, ("rol_member", "rol_admin"))
        invited = self.invite(body["invitee"]["email"], role)
        return self.say(200, {"id": invited.id, "invitation_url": self.link + invited.code})

    def revoke(self, request, invitation):
        self.no_body(request)
        self.by_id([p for p in self.invitations if p.state == "pending"], invitation).state = "revoked"
        return self.say(204)

    def add_role(self, request, user):
        (role,) = self.body_of(request, ("roles",))["roles"]
        self.check_role(role, ("rol_member", "rol_admin"))
        person = self.by_id(self.members, user)
        person.roles = sorted({person.role, role})
        return self.say(204)

    def take_role(self, request, user):
        (role,) = self.body_of(request, ("roles",))["roles"]
        person = self.by_id(self.members, user)
        person.roles = [r for r in getattr(person, "roles", [person.role]) if r != role]
        person.role = person.roles[0] if person.roles else ""
        return self.say(204)

    def remove_many(self, request):
        for user in self.body_of(request, ("members",))["members"]:
            self.remove(self.by_id(self.members, user))
        return self.say(204)
