# SPDX-License-Identifier: Apache-2.0
"""What the stand-in SCIM service holds: users and groups in memory, found by index, told as JSON bytes."""
import datetime
import itertools
import json
import uuid

import company
from scim_rules import (CORE, GROUPS, KIND_NAME, USERS, Problem, bad, filter_leaves, filter_matches)

INDEXED = {USERS: ("userName", "externalId", "displayName", "emails"),
           GROUPS: ("externalId", "displayName")}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_bytes(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Resource:
    """One user or group. `data` is what a client may write, without members; these are a dict by id."""

    __slots__ = ("id", "kind", "place", "data", "members", "created", "modified", "version", "cached")

    def __init__(self, kind, key, place, data, members):
        self.id, self.kind, self.place = key, kind, place
        self.data, self.members = data, members
        self.created = self.modified = now()
        self.version = 1
        self.cached = None

    def etag(self):
        return f'W/"{self.version}"'


class Store:
    """Both kinds of resources, and the rules that hold between them."""

    def __init__(self, schemas, options):
        self.schemas, self.options = schemas, options
        self.base = ""
        self.reset()

    def reset(self):
        self.all = {USERS: {}, GROUPS: {}}
        self.index = {(kind, name): {} for kind, names in INDEXED.items() for name in names}
        self.groups_of = {}
        self.order = {USERS: None, GROUPS: None}
        self.places = itertools.count(1)

    # --- indexes

    @staticmethod
    def keys(kind, name, data):
        value = data.get(name)
        if name == "emails":
            return {(v.get("value") or "").casefold() for v in value or []}
        if not isinstance(value, str):
            return set()
        return {value if name == "externalId" else value.casefold()}

    def index_add(self, resource):
        for name in INDEXED[resource.kind]:
            for key in self.keys(resource.kind, name, resource.data):
                self.index[resource.kind, name].setdefault(key, {})[resource.id] = resource

    def index_remove(self, resource):
        for name in INDEXED[resource.kind]:
            for key in self.keys(resource.kind, name, resource.data):
                self.index[resource.kind, name][key].pop(resource.id, None)

    def listed(self, kind):
        """Every resource of a kind in the order they came."""
        if self.order[kind] is None:
            self.order[kind] = list(self.all[kind].values())
        return self.order[kind]

    # --- rules

    def check_unique(self, kind, data, own_id=None):
        options = self.options
        names = []
        if kind == USERS and not options.no_uniqueness:
            names.append("userName")
        if kind == GROUPS and options.unique_groups:
            names.append("displayName")
        if options.unique_external_id:
            names.append("externalId")
        for name in names:
            for key in self.keys(kind, name, data):
                if any(i != own_id for i in self.index[kind, name].get(key, ())):
                    raise Problem(409, "uniqueness", f"{name} {data[name]!r} is taken")

    def check_required(self, kind, data):
        needed = ["userName", *self.options.required.split()] if kind == USERS else ["displayName"]
        for name in needed:
            value = data
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if not value:
                raise bad("invalidValue", f"'{name}' is required")

    def check_members(self, members):
        """The members as a dict by id; each must be there, and of the type that is claimed."""
        checked = {}
        for member in members or []:
            key = member.get("value")
            if not key:
                raise bad("invalidValue", "a member needs a 'value'")
            target = self.all[USERS].get(key) or self.all[GROUPS].get(key)
            if target is None:
                raise bad("invalidValue", f"no user or group has the id {key!r}")
            name = KIND_NAME[target.kind]
            if member.get("type") not in (None, name):
                raise bad("invalidValue", f"member {key!r} is a {name}, not a {member['type']}")
            if target.kind == GROUPS and self.options.no_nested:
                raise bad("invalidValue", "groups in groups are not supported")
            checked[key] = {"value": key, "type": name}
        return checked

    # --- changes

    def make_id(self, kind, data):
        if self.options.ids == "name":
            return data.get("userName") or data["displayName"]
        if self.options.ids == "number":
            return str(1000 + len(self.all[USERS]) + len(self.all[GROUPS]) + next(self.places))
        if self.options.ids == "external" and data.get("externalId"):
            return data["externalId"]
        return str(uuid.uuid4())

    def create(self, kind, body, key=None):
        cleaned = self.schemas.clean(kind, body)
        self.check_required(kind, cleaned)
        members = self.check_members(cleaned.pop("members", None)) if kind == GROUPS else None
        self.check_member_count(len(members or ()))
        self.check_unique(kind, cleaned)
        if kind == USERS:
            cleaned.setdefault("active", True)
        key = key or self.make_id(kind, cleaned)
        if key in self.all[kind]:
            raise Problem(409, "uniqueness", f"the id {key!r} is taken")
        resource = Resource(kind, key, next(self.places), cleaned, members)
        self.all[kind][key] = resource
        if self.order[kind] is not None:
            self.order[kind].append(resource)
        self.index_add(resource)
        self.link(resource, (), members or ())
        return resource

    def check_member_count(self, count):
        limit = self.options.max_members
        if limit and count > limit:
            raise Problem(self.options.max_members_status,
                          "invalidValue" if self.options.max_members_status == 400 else "tooMany",
                          f"{count} members in one request, at most {limit} are allowed")

    def link(self, resource, before, after):
        for key in before:
            if key not in after:
                self.groups_of.get(key, {}).pop(resource.id, None)
        for key in after:
            if key not in before:
                self.groups_of.setdefault(key, {})[resource.id] = resource

    def commit(self, resource, data, members):
        """Puts new data into a resource; false when nothing changed."""
        self.check_required(resource.kind, data)
        self.check_unique(resource.kind, data, resource.id)
        if data == resource.data and (members is None or members == resource.members):
            return False
        self.index_remove(resource)
        if members is not None:
            self.link(resource, resource.members, members)
            resource.members = members
        resource.data = data
        self.index_add(resource)
        self.touch(resource)
        return True

    def touch(self, resource):
        resource.version += 1
        resource.modified = now()
        resource.cached = None

    def replace(self, resource, body):
        cleaned = self.schemas.clean(resource.kind, body)
        members = None
        if resource.kind == GROUPS:
            members = self.check_members(cleaned.pop("members", None))
            self.check_member_count(len(members))
        elif "active" not in cleaned:
            cleaned["active"] = True
        return self.commit(resource, cleaned, members)

    def delete(self, resource):
        self.index_remove(resource)
        del self.all[resource.kind][resource.id]
        self.order[resource.kind] = None
        self.link(resource, resource.members or (), ())
        for group in self.groups_of.pop(resource.id, {}).values():
            if group.members.pop(resource.id, None):
                self.touch(group)

    # --- reading

    def find(self, kind, key):
        resource = self.all[kind].get(key)
        if resource is None:
            raise Problem(404, None, f"no {KIND_NAME[kind]} has the id {key!r}")
        return resource

    def location(self, resource):
        base = "/scim/v2" if self.options.relative_location else self.base
        return f"{base}/{resource.kind}/{quote(resource.id)}"

    def view(self, resource, with_members=True):
        """The whole resource as a client sees it."""
        data = resource.data
        whole = {"schemas": self.schemas.urns(resource.kind, data), "id": resource.id, **data}
        if resource.kind == GROUPS and with_members and resource.members \
                and not self.options.empty_members:
            whole["members"] = list(resource.members.values()) if self.options.no_refs else [
                {**m, "$ref": f"{self.base}/{m['type']}s/{quote(k)}"}
                for k, m in resource.members.items()]
        elif resource.kind == GROUPS and self.options.empty_members:
            whole["members"] = []
        whole.pop("password", None)
        whole["meta"] = {"resourceType": KIND_NAME[resource.kind], "created": resource.created,
                         "lastModified": resource.modified, "location": self.location(resource)}
        if self.options.etag:
            whole["meta"]["version"] = resource.etag()
        return whole

    def text(self, resource):
        """view() as bytes, made once for each version."""
        if resource.cached is None:
            resource.cached = to_bytes(self.view(resource))
        return resource.cached

    def forget_texts(self):
        for kind in (USERS, GROUPS):
            for resource in self.all[kind].values():
                resource.cached = None

    def select(self, kind, tree):
        """The resources that a filter names, in order; an index is used where an 'and' offers one."""
        if tree is None:
            return self.listed(kind)
        self.check_filter(kind, tree)
        found = self.indexed(kind, tree)
        pool = self.listed(kind) if found is None else sorted(found, key=lambda r: r.place)
        return [r for r in pool if filter_matches(tree, self.matched_view(r, tree))]

    @staticmethod
    def matched_view(resource, tree):
        view = {**resource.data, "id": resource.id}
        if resource.members and any(leaf[1] and leaf[1][1] == "members"
                                    for leaf in filter_leaves(tree)):
            view["members"] = list(resource.members.values())
        return view

    def check_filter(self, kind, tree):
        """Only what the service offers: comparisons by eq, joined by and, over a few attributes."""
        options = self.options
        if options.no_filter:
            raise bad("invalidFilter", "this service does not filter")
        for leaf in filter_leaves(tree):
            if leaf[1] is not None:
                urn, name, _ = leaf[1]
                attribute = self.schemas.find(kind, urn, name)[0]
                if attribute is None and name not in ("id", "meta"):
                    raise bad("invalidFilter", f"unknown attribute '{name}'")
            if options.all_filters:
                continue
            if leaf[0] not in ("eq", "and", "in"):
                raise bad("invalidFilter", f"this service does not know '{leaf[0]}' in a filter")
            if leaf[1] is not None and leaf[1][1] not in options.filters.split(","):
                raise bad("invalidFilter", f"this service does not filter by '{leaf[1][1]}'")

    def indexed(self, kind, tree):
        if tree[0] == "and":
            return self.indexed(kind, tree[1]) or self.indexed(kind, tree[2])
        if tree[0] != "eq" or not isinstance(tree[2], str):
            return None
        name, value = tree[1][1], tree[2]
        if name == "id":
            return [r for r in [self.all[kind].get(value)] if r]
        if name == "members":
            return [r for r in self.groups_of.get(value, {}).values() if kind == GROUPS]
        index = self.index.get((kind, name))
        if index is None:
            return None
        return list(index.get(value if name == "externalId" else value.casefold(), {}).values())

    # --- whole states

    def dump(self):
        whole = {}
        for kind in (USERS, GROUPS):
            whole[kind] = [{"id": r.id, **r.data} for r in self.listed(kind)]
        for seen, resource in zip(whole[GROUPS], self.listed(GROUPS)):
            seen["members"] = list(resource.members.values())
        return whole

    def load(self, state):
        """Takes what dump() gave; ids are kept, rules are checked, groups may name each other."""
        for kind in (USERS, GROUPS):
            for entry in state.get(kind, []):
                entry = dict(entry)
                members = entry.pop("members", None)
                entry.setdefault("schemas", [CORE + KIND_NAME[kind],
                                             *[u for u in self.schemas.extensions[kind] if u in entry]])
                resource = self.create(kind, entry, key=entry.get("id"))
                if members:
                    resource.cached = members  # linked below, when every group is there
        for resource in self.listed(GROUPS):
            if resource.cached is not None:
                members, resource.cached = self.check_members(resource.cached), None
                self.link(resource, (), members)
                resource.members = members

    def generate(self, users, groups, members):
        """The large data set of company.py, as somebody else put it there."""
        for i in range(users):
            self.add_raw(Resource(USERS, f"{i:08x}-0000-4000-8000-0000000000cc", next(self.places),
                                  company.Twin(i).scim(), None))
        ids = list(self.all[USERS])
        for g in range(groups):
            linked = {ids[i]: {"value": ids[i], "type": "User"}
                      for i in company.twin_members(g, users, members)}
            group = Resource(GROUPS, f"{g:08x}-0000-4000-8000-0000000000dd", next(self.places),
                             {"displayName": company.twin_name(g)}, linked)
            self.add_raw(group)
            self.link(group, (), linked)

    def add_raw(self, resource):
        self.all[resource.kind][resource.id] = resource
        self.order[resource.kind] = None
        self.index_add(resource)


def quote(text):
    import urllib.parse
    return urllib.parse.quote(text, safe="")
