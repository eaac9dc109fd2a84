# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for Scale, Scaling and Scalekit, from their documentation."""
import re

from team_core import Complaint, OAuthService, Refusal, TeamService, basic, iso


class Scale(TeamService):
    """Three endpoints; addressed by e-mail; the whole team in every answer; no removal."""

    profile, base, secret = "scale", "/v1", "live_0123456789"
    member_role, admin_role, second_role = "member", "admin", "manager"
    can_remove = can_revoke = can_resend = False
    invite_path, list_paths = "/invite", ("/teams",)
    house_roles = {"member": "member", "admin": "manager"}
    routes = (("GET", r"/teams", "list"),
              ("POST", r"/teams/invite", "invite_many"),
              ("POST", r"/teams/set_role", "set_role"))

    def __init__(self):
        self.elsewhere = set()  # people with an account of their own
        super().__init__()

    def settings(self):
        return {"profile": "scale", "key_kind": "live"}

    def authenticate(self, request):
        if request.header("authorization") != basic(self.secret):
            raise Refusal(401, "unauthorized", "no valid key")

    def error(self, status, code, message):
        return {"status_code": status, "error": message}

    def teammates(self):
        everyone = [{"email": p.email, "role": p.role, "firstName": p.given, "lastName": p.family,
                     "company": "X", "isStudioLabeler": False, "disableRapidEmails": False, "expiry": None}
                    for p in self.members]
        return everyone + [{"email": p.email, "role": p.role, "isStudioLabeler": False,
                            "disableRapidEmails": False, "expiry": None}
                           for p in self.shown_invitations() if p.state == "pending"]

    def list(self, request):
        self.query_of(request)
        self.no_body(request)
        return self.say(200, self.teammates())

    def emails_of(self, request):
        self.query_of(request)
        body = self.body_of(request, ("emails", "team_role"))
        if not isinstance(body["emails"], list) or not body["emails"]:
            raise Complaint("emails")
        if body["team_role"] not in ("labeler", "member", "manager"):
            raise Refusal(400, "role", f"team_role {body['team_role']} cannot be given")
        return body["emails"], body["team_role"]

    def invite_many(self, request):
        emails, role = self.emails_of(request)
        for email in emails:
            if email in self.elsewhere:
                raise Refusal(400, "account", f"{email} already has an account")
        for email in emails:
            self.invite(email, role)
        return self.say(200, self.teammates())

    def set_role(self, request):
        emails, role = self.emails_of(request)
        for email in emails:
            person = self.member(email) or self.invitation(email)
            if not person:
                raise Refusal(404, "unknown", f"{email} is not in the team")
            if person.role == "admin":
                raise Refusal(400, "admin", "the admin cannot be changed")
            person.role = role
        return self.say(200, self.teammates())


class Scaling(TeamService):
    """Members and pending invitations in one answer, with different names for the same things."""

    profile, base, secret = "scaling", "/v1", "scl_live_0123456789"
    member_role, admin_role = "org:member", "org:admin"
    invite_path, list_paths = "/invite", ("/members",)
    routes = (("GET", r"/team/members", "list"),
              ("POST", r"/team/members/invite", "invite_one"),
              ("PATCH", r"/team/members/([^/]+)/role", "set_role"),
              ("DELETE", r"/team/members/invitations/([^/]+)", "revoke"),
              ("DELETE", r"/team/members/([^/]+)", "remove_one"))

    def __init__(self):
        self.caller_is_admin = True
        super().__init__()

    def settings(self):
        return {"profile": "scaling", "key_kind": "live", "own_account": "owner@example.com"}

    def new_invitation_id(self):
        return f"orginv_{next(self.numbers)}"

    def authenticate(self, request):
        super().authenticate(request)
        if not self.caller_is_admin:
            raise Refusal(401, "not_authorized", "You are not authorized")

    def already_member(self, email):
        raise Refusal(400, "invalid_request_error", f"{email} cannot be invited")

    already_invited = already_member

    def error(self, status, code, message):
        kinds = {401: "not_authorized_error", 422: "validation_error", 500: "internal_error"}
        return {"statusCode": status, "type": kinds.get(status, "invalid_request_error"), "code": code,
                "message": message, "requestId": "3f0c4a8e-0000-4000-8000-000000000001"}

    def shape(self, p):
        return {"id": p.id, "emailAddress": p.email, "role": p.role, "status": p.state,
                "createdAt": iso(p.created)}

    def list(self, request):
        self.query_of(request)
        self.no_body(request)
        members = [{"id": p.id, "email": p.email, "firstName": p.given, "lastName": p.family,
                    "imageUrl": self.link + "image", "role": p.role, "joinedAt": iso(p.created)}
                   for p in self.members]
        return self.say(200, {"data": {"members": members, "invitations": [
            self.shape(p) for p in self.shown_invitations() if p.state == "pending"]}})

    def invite_one(self, request):
        self.query_of(request)
        body = self.body_of(request, ("emailAddress", "role"))
        self.check_role(body["role"], ("org:admin", "org:member"))
        if len(body["emailAddress"]) > 320:
            raise Refusal(422, "validation_error", "emailAddress is too long")
        return self.say(201, {"data": self.shape(self.invite(body["emailAddress"], body["role"]))})

    def set_role(self, request, user):
        body = self.body_of(request, ("role",))
        self.check_role(body["role"], ("org:admin", "org:member"))
        person = self.by_id(self.members, user)
        if person is self.members[0]:
            raise Refusal(400, "cannot_change_own_role", "You cannot change your own role")
        person.role = body["role"]
        return self.say(200, {"data": {"id": person.id, "role": person.role}})

    def revoke(self, request, invitation):
        self.no_body(request)
        person = self.by_id([p for p in self.invitations if p.state == "pending"], invitation)
        person.state = "revoked"
        return self.say(204)

    def remove_one(self, request, user):
        self.no_body(request)
        self.remove(self.by_id(self.members, user))
        return self.say(204)


class Scalekit(OAuthService):
    """Users of an organization: members and invitations in one list, roles inside memberships."""

    profile, secret = "scalekit", "skcs_0123456789"
    member_role, admin_role = "member", "admin"
    invite_path, list_paths = "/users", ("/users",)
    routes = (("GET", r"/api/v1/organizations/org_1/users", "list"),
              ("POST", r"/api/v1/organizations/org_1/users", "create"),
              ("PATCH", r"/api/v1/memberships/organizations/org_1/users/([^/]+)", "set_role"),
              ("DELETE", r"/api/v1/memberships/organizations/org_1/users/([^/]+)", "remove_one"),
              ("PATCH", r"/api/v1/invites/organizations/org_1/users/([^/]+)/resend", "resend"))

    def settings(self):
        return {"profile": "scalekit", "organization": "org_1", "client_id": self.client_id}

    def new_id(self):
        return f"usr_{next(self.numbers)}"

    new_invitation_id = new_id

    def join(self, invited, email):
        return self.add(email, invited.role, id=invited.id, given="G", family="F")

    def error(self, status, code, message):
        return {"code": status, "message": message,
                "details": [{"error_code": code, "localized_message_info": {"message": message}}]}

    def common(self, request):
        if not re.fullmatch(r"\d{8}", request.header("x-api-version")):
            raise Complaint("x-api-version")

    def shape(self, p, status):
        elsewhere = {"organization_id": "org_2", "membership_status": "ACTIVE",
                     "roles": [{"id": "role_9", "name": "admin", "display_name": "Admin"}]}
        here = {"organization_id": "org_1", "membership_status": status,
                "roles": [{"id": "role_1", "name": p.role, "display_name": p.role.title()}],
                "created_at": iso(p.created), "accepted_at": None, "join_time": None,
                "expires_at": iso(p.created + 15 * 86400) if status != "ACTIVE" else None,
                "inviter_email": "", "provisioning_method": ""}
        return {"id": p.id, "email": p.email, "external_id": "", "memberships": [elsewhere, here],
                "user_profile": {"given_name": p.given, "family_name": p.family}}

    def everyone(self):
        words = {"pending": "PENDING_INVITE", "expired": "INVITE_EXPIRED"}
        return [self.shape(p, "ACTIVE") for p in self.members] + \
            [self.shape(p, words[p.state]) for p in self.shown_invitations() if p.state in words]

    def list(self, request):
        query = self.query_of(request, ("page_token",), ("page_size",))
        size, start = int(query["page_size"]), int(query.get("page_token") or 0)
        if not 1 <= size <= 100:
            raise Complaint("page_size")
        users = self.everyone()
        shown = self.page(users, size, start)
        end = start + len(shown)
        return self.say(200, {"users": shown, "next_page_token": str(end) if end < len(users) else "",
                              "prev_page_token": "", "total_size": len(users)})

    def create(self, request):
        query = self.query_of(request, (), ("send_invitation_email",))
        if query["send_invitation_email"] != "true":
            raise Complaint("send_invitation_email")
        body = self.body_of(request, ("email", "membership"), ("external_id", "metadata", "user_profile"))
        self.check_keys(body["membership"], ("roles",), ("inviter_email", "metadata"))
        for key in body.get("user_profile", {}):
            if key not in ("given_name", "family_name", "name"):
                raise Complaint(f"user_profile.{key}")
        (role,) = body["membership"]["roles"]
        self.check_role(role["name"], ("member", "admin"))
        invited = self.invite(body["email"], role["name"],
                              given=body.get("user_profile", {}).get("given_name", ""))
        return self.say(201, {"user": self.shape(invited, "PENDING_INVITE")})

    def anyone(self, user):
        return self.by_id(self.members + [p for p in self.invitations if p.state in ("pending", "expired")],
                          user)

    def set_role(self, request, user):
        body = self.body_of(request, ("roles",), ("metadata",))
        (role,) = body["roles"]
        self.check_role(role["name"], ("member", "admin"))
        person = self.anyone(user)
        person.role = role["name"]
        return self.say(200, {"user": self.shape(person, "ACTIVE")})

    def remove_one(self, request, user):
        self.no_body(request)
        person = self.anyone(user)
        if person in self.members:
            self.remove(person)
        else:
            person.state = "revoked"
        return self.say(200)

    def resend(self, request, user):
        if self.body_of(request) != {}:
            raise Complaint("resend takes an empty object")
        person = self.anyone(user)
        person.state, person.created = "pending", __import__("time").time()
        self.mails.append(person.email)
        return self.say(200, {"invite": {"organization_id": "org_1", "user_id": person.id,
                                         "status": "PENDING_INVITE", "resent_count": 1}})


class ScalekitWorkspace(OAuthService):
    """The dashboard's own team: a preview of which only the list is used."""

    profile, secret = "scalekit-workspace", "skcs_0123456789"
    member_role, admin_role = "USER", "ADMIN"
    list_paths = ("/members",)
    can_invite = can_remove = can_revoke = can_resend = can_set_role = False
    routes = (("GET", r"/api/v1/members", "list"),)

    def settings(self):
        return {"profile": "scalekit-workspace", "client_id": self.client_id}

    def error(self, status, code, message):
        return {"code": status, "message": message, "details": []}

    def list(self, request):
        query = self.query_of(request, ("page_token",), ("page_size",))
        start = int(query.get("page_token") or 0)
        shown = self.page(self.members, int(query["page_size"]), start)
        end = start + len(shown)
        return self.say(200, {"members": [
            {"id": p.id, "email": p.email, "first_name": p.given, "last_name": p.family, "role": p.role,
             "workspace_id": "wks_1", "create_time": iso(p.created)} for p in shown],
            "next_page_token": str(end) if end < len(self.members) else "",
            "total_size": len(self.members)})
