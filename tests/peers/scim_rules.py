# SPDX-License-Identifier: Apache-2.0
"""What a strict SCIM 2.0 service accepts: schemas (RFC 7643), filters and PATCH (RFC 7644), judged to the letter.

Everything that is wrong raises Problem, with the HTTP status, the scimType and a sentence for a person.
"""
import json
import re

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
USERS, GROUPS = "Users", "Groups"
KIND_NAME = {USERS: "User", GROUPS: "Group"}


class Problem(Exception):
    """A refusal: status, scimType (or None), detail."""

    def __init__(self, status, kind, detail):
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail

    def body(self):
        answer = {"schemas": [MESSAGE + "Error"], "status": str(self.status), "detail": self.detail}
        if self.kind:
            answer["scimType"] = self.kind
        return answer


def bad(kind, detail):
    return Problem(400, kind, detail)


class Attribute:
    """One attribute of a schema: type is string, boolean or complex; `parts` are its sub-attributes."""

    def __init__(self, name, kind="string", many=False, parts=(), read_only=False):
        self.name, self.kind, self.many, self.read_only = name, kind, many, read_only
        self.parts = {p.name: p for p in parts}


def _strings(names):
    return [Attribute(n) for n in names.split()]


def _values(name, **more):
    return Attribute(name, "complex", True, [*_strings("value display type $ref"),
                                            Attribute("primary", "boolean")], **more)


USER_ATTRIBUTES = {a.name: a for a in [
    *_strings("userName externalId displayName nickName profileUrl title userType preferredLanguage"
              " locale timezone password"),
    Attribute("active", "boolean"),
    Attribute("name", "complex", False, _strings(
        "formatted familyName givenName middleName honorificPrefix honorificSuffix")),
    *[_values(n) for n in "emails phoneNumbers ims photos entitlements roles x509Certificates".split()],
    Attribute("addresses", "complex", True, [*_strings(
        "formatted streetAddress locality region postalCode country type"),
        Attribute("primary", "boolean")]),
    _values("groups", read_only=True),
]}
GROUP_ATTRIBUTES = {a.name: a for a in [
    *_strings("displayName externalId"),
    Attribute("members", "complex", True, _strings("value $ref type display")),
]}
ENTERPRISE_ATTRIBUTES = {a.name: a for a in [
    *_strings("employeeNumber costCenter organization division department"),
    Attribute("manager", "complex", False, _strings("value $ref displayName")),
]}
COMMON = {"schemas", "id", "meta"}


class Schemas:
    """The attributes of each kind of resource; extensions can be added by name for a test."""

    def __init__(self, lenient=False, extensions=()):
        self.lenient = lenient
        self.core = {USERS: USER_ATTRIBUTES, GROUPS: GROUP_ATTRIBUTES}
        self.extensions = {USERS: {ENTERPRISE: ENTERPRISE_ATTRIBUTES}, GROUPS: {}}
        for text in extensions:  # "Users urn:example:2.0:User a,b,c"
            kind, urn, names = text.split()
            self.extensions[kind][urn] = {n: Attribute(n) for n in names.split(",")}

    def clean(self, kind, resource):
        """The resource as it may be stored; raises Problem for what the schema does not know."""
        if not isinstance(resource, dict):
            raise bad("invalidSyntax", "the body is not a JSON object")
        said = resource.get("schemas")
        if not isinstance(said, list) or not all(isinstance(s, str) for s in said):
            raise bad("invalidSyntax", "'schemas' must be an array of URIs")
        if CORE + KIND_NAME[kind] not in said:
            raise bad("invalidSyntax", f"'schemas' lacks {CORE}{KIND_NAME[kind]}")
        known = self.extensions[kind]
        for urn in said:
            if urn != CORE + KIND_NAME[kind] and urn not in known and not self.lenient:
                raise bad("invalidSyntax", f"unknown schema {urn}")
        cleaned = {}
        for name, value in resource.items():
            if name in COMMON:
                continue
            if name in known:
                if name not in said and not self.lenient:
                    raise bad("invalidSyntax", f"{name} is used, but not named in 'schemas'")
                part = self.clean_complex(name, known[name], value)
                if part:
                    cleaned[name] = part
                continue
            attribute = self.core[kind].get(name)
            if attribute is None:
                if not self.lenient:
                    raise bad("invalidSyntax", f"unknown attribute '{name}' of a {KIND_NAME[kind]}")
                continue
            value = self.clean_value(attribute, value)
            if value is not None and not attribute.read_only:
                cleaned[name] = value
        return cleaned

    def clean_value(self, attribute, value):
        """The value in its stored form, None when it is unassigned (null, [] and {} are)."""
        if value is None:
            return None
        if not attribute.many:
            return self.clean_single(attribute, value)
        if not isinstance(value, list):
            raise bad("invalidValue", f"'{attribute.name}' must be an array")
        values = [self.clean_single(attribute, v) for v in value]
        if sum(1 for v in values if isinstance(v, dict) and v.get("primary")) > 1:
            raise bad("invalidValue", f"'{attribute.name}' has more than one primary value")
        if any(v is None for v in values):
            raise bad("invalidValue", f"'{attribute.name}' holds an empty value")
        pairs = [(v.get("type"), v.get("value")) for v in values if "value" in attribute.parts]
        if attribute.name != "members" and len(set(pairs)) != len(pairs) and not self.lenient:
            raise bad("invalidValue", f"'{attribute.name}' holds the same type and value twice")
        return values or None

    def clean_single(self, attribute, value):
        if attribute.kind == "complex":
            return self.clean_complex(attribute.name, attribute.parts, value) or None
        if attribute.kind == "boolean":
            if self.lenient and isinstance(value, str) and value.lower() in ("true", "false"):
                return value.lower() == "true"
            if not isinstance(value, bool):
                raise bad("invalidValue", f"'{attribute.name}' must be true or false, not {value!r}")
            return value
        if not isinstance(value, str):
            raise bad("invalidValue", f"'{attribute.name}' must be a string, not {value!r}")
        return value

    def clean_complex(self, name, parts, value):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise bad("invalidValue", f"'{name}' must be an object, not {value!r}")
        cleaned = {}
        for key, inner in value.items():
            attribute = parts.get(key)
            if attribute is None:
                if not self.lenient:
                    raise bad("invalidSyntax", f"unknown sub-attribute '{name}.{key}'")
                continue
            inner = self.clean_value(attribute, inner)
            if inner is not None:
                cleaned[key] = inner
        return cleaned

    def urns(self, kind, data):
        """The 'schemas' of a stored resource."""
        return [CORE + KIND_NAME[kind], *[u for u in self.extensions[kind] if u in data]]

    def find(self, kind, urn, name):
        """The Attribute of a name, and the key of the extension it lives in (None: the core)."""
        if urn is None or urn == CORE + KIND_NAME[kind]:
            return self.core[kind].get(name), None
        return self.extensions[kind].get(urn, {}).get(name), urn


# --- JSON

def _no_twins(pairs):
    names = [k for k, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("an object names the same key twice")
    return dict(pairs)


def read_json(body):
    """Strict JSON: UTF-8, no duplicate keys, no NaN."""
    def refuse(text):
        raise ValueError(f"{text} is not JSON")
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=refuse)
    except (ValueError, RecursionError) as e:
        raise bad("invalidSyntax", f"the body is not JSON: {e}") from e


# --- filters (RFC 7644 figure 1)

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([()\[\]])|([^\s()\[\]"]+))')
OPERATORS = {"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le"}
NAME = r"[A-Za-z$][A-Za-z0-9_$-]*"
ATTRIBUTE_PATH = re.compile(rf"^(?:(urn:[A-Za-z0-9:._-]+):)?({NAME})(?:\.({NAME}))?$")


def parse_filter(text):
    """A tree of tuples: ('and'|'or', a, b), ('not', a), ('pr', path), (op, path, value), ('in', path, tree)."""
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise bad("invalidFilter", f"cannot read the filter at {text[at:at + 20]!r}")
        tokens.append(m.group(1) or m.group(2) or m.group(3))
        at = m.end()
    tree, rest = _parse_or(tokens)
    if rest:
        raise bad("invalidFilter", f"something is left over in the filter: {' '.join(rest)}")
    return tree


def _parse_or(tokens):
    left, tokens = _parse_and(tokens)
    while tokens and tokens[0].lower() == "or":
        right, tokens = _parse_and(tokens[1:])
        left = ("or", left, right)
    return left, tokens


def _parse_and(tokens):
    left, tokens = _parse_term(tokens)
    while tokens and tokens[0].lower() == "and":
        right, tokens = _parse_term(tokens[1:])
        left = ("and", left, right)
    return left, tokens


def _parse_group(tokens, end):
    tree, tokens = _parse_or(tokens)
    if not tokens or tokens[0] != end:
        raise bad("invalidFilter", f"'{end}' is missing in the filter")
    return tree, tokens[1:]


def _parse_term(tokens):
    if not tokens:
        raise bad("invalidFilter", "the filter ends too early")
    head = tokens[0]
    if head == "(":
        return _parse_group(tokens[1:], ")")
    if head.lower() == "not" and len(tokens) > 1 and tokens[1] == "(":
        tree, tokens = _parse_group(tokens[2:], ")")
        return ("not", tree), tokens
    m = ATTRIBUTE_PATH.match(head)
    if not m:
        raise bad("invalidFilter", f"not an attribute path: {head!r}")
    path = m.groups()
    if len(tokens) > 1 and tokens[1] == "[":
        tree, tokens = _parse_group(tokens[2:], "]")
        return ("in", path, tree), tokens
    if len(tokens) > 1 and tokens[1].lower() == "pr":
        return ("pr", path), tokens[2:]
    if len(tokens) < 3 or tokens[1].lower() not in OPERATORS:
        raise bad("invalidFilter", f"an operator and a value must follow {head!r}")
    try:
        value = json.loads(tokens[2])
    except ValueError as e:
        raise bad("invalidFilter", f"not a JSON value: {tokens[2]}") from e
    return (tokens[1].lower(), path, value), tokens[3:]


EXACT_CASE = {"id", "externalId", "value_of_members", "$ref"}


def _candidates(resource, path):
    """Every value that a path names; a bare complex value stands for its 'value'."""
    urn, name, sub = path
    holder = resource
    if urn and not urn.startswith(CORE):
        holder = resource.get(urn) or {}
    found = holder.get(name)
    for value in found if isinstance(found, list) else [found]:
        if isinstance(value, dict):
            value = value.get(sub or "value")
        elif sub:
            value = None
        if value is not None:
            yield value


def _compare(op, mine, wanted, exact):
    if isinstance(mine, str) and isinstance(wanted, str):
        if not exact:
            mine, wanted = mine.casefold(), wanted.casefold()
        return {"eq": mine == wanted, "ne": mine != wanted, "co": wanted in mine,
                "sw": mine.startswith(wanted), "ew": mine.endswith(wanted), "gt": mine > wanted,
                "lt": mine < wanted, "ge": mine >= wanted, "le": mine <= wanted}[op]
    if op in ("eq", "ne"):
        return (mine == wanted and isinstance(mine, bool) == isinstance(wanted, bool)) == (op == "eq")
    raise bad("invalidFilter", f"'{op}' does not go with {wanted!r}")


def filter_matches(tree, resource):
    head = tree[0]
    if head == "and":
        return filter_matches(tree[1], resource) and filter_matches(tree[2], resource)
    if head == "or":
        return filter_matches(tree[1], resource) or filter_matches(tree[2], resource)
    if head == "not":
        return not filter_matches(tree[1], resource)
    if head == "pr":
        return any(True for _ in _candidates(resource, tree[1]))
    if head == "in":
        values = resource.get(tree[1][1]) or []
        return any(filter_matches(tree[2], v) for v in values if isinstance(v, dict))
    values = list(_candidates(resource, tree[1]))
    exact = tree[1][1] in EXACT_CASE or tree[1][1] == "members"
    if head == "ne" and not values:
        return True
    return any(_compare(head, v, tree[2], exact) for v in values)


def filter_leaves(tree):
    """Every comparison in a tree, and the operators that join them; what is in brackets is one leaf."""
    if tree[0] in ("and", "or"):
        return [*filter_leaves(tree[1]), (tree[0], None, None), *filter_leaves(tree[2])]
    if tree[0] == "not":
        return [("not", None, None), *filter_leaves(tree[1])]
    return [tree]


# --- PATCH (RFC 7644 section 3.5.2)

PATCH_PATH = re.compile(rf"^(?:(urn:[A-Za-z0-9:._-]+):)?({NAME})(?:\[(.*)\])?(?:\.({NAME}))?$", re.S)


def read_patch(body, lenient=False, remove_value=False):
    """The operations of a PatchOp as (op, path or None, value); judged for shape only."""
    if not isinstance(body, dict) or body.get("schemas") != [MESSAGE + "PatchOp"]:
        raise bad("invalidSyntax", f"a PATCH body needs 'schemas': [\"{MESSAGE}PatchOp\"]")
    extra = set(body) - {"schemas", "Operations"}
    if extra and not lenient:
        raise bad("invalidSyntax", f"unknown keys in a PatchOp: {sorted(extra)}")
    operations = body.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise bad("invalidSyntax", "'Operations' must be an array of at least one operation")
    return [_read_operation(o, lenient, remove_value) for o in operations]


def _read_operation(operation, lenient, remove_value):
    if not isinstance(operation, dict):
        raise bad("invalidSyntax", "an operation must be an object")
    extra = set(operation) - {"op", "path", "value"}
    if extra and not lenient:
        raise bad("invalidSyntax", f"unknown keys in an operation: {sorted(extra)}")
    op = operation.get("op")
    if lenient and isinstance(op, str):
        op = op.lower()
    if op not in ("add", "remove", "replace"):
        raise bad("invalidSyntax", f"'op' must be add, remove or replace, not {op!r}")
    path = operation.get("path")
    if path is not None and (not isinstance(path, str) or not path):
        raise bad("invalidPath", "'path' must be a text")
    if op == "remove":
        if path is None:
            raise bad("noTarget", "a remove needs a path")
        if "value" in operation and not (lenient or remove_value):
            raise bad("invalidSyntax", "a remove takes no value")
    elif "value" not in operation:
        raise bad("invalidValue", f"'{op}' needs a value")
    return op, path, operation.get("value")


class Patch:
    """Applies operations to a copy of a resource's data; members are a dict by value, copied when touched."""

    def __init__(self, schemas, kind, data, members, check_members, replace_members=True):
        self.schemas, self.kind = schemas, kind
        self.data = json.loads(json.dumps(data))
        self.members, self.touched = members, False
        self.check_members, self.replace_members = check_members, replace_members
        self.named = 0  # how many members the operations name, all together

    def apply(self, operations):
        for op, path, value in operations:
            if path is None:
                self.apply_object(op, value)
            else:
                self.apply_path(op, path, value)

    def apply_object(self, op, value):
        """add or replace without a path: an object of attributes."""
        if not isinstance(value, dict):
            raise bad("invalidValue", f"'{op}' without a path needs an object")
        for name, inner in value.items():
            if name in COMMON and self.schemas.lenient:
                continue
            if name in self.schemas.extensions[self.kind]:
                self.apply_extension(op, name, inner)
            else:
                self.apply_path(op, name, inner)

    def apply_extension(self, op, urn, value):
        if op == "remove":
            self.data.pop(urn, None)
            return
        cleaned = self.schemas.clean_complex(urn, self.schemas.extensions[self.kind][urn], value)
        self.data.setdefault(urn, {}).update(cleaned or {})

    def apply_path(self, op, path, value):
        if path in self.schemas.extensions[self.kind]:
            self.apply_extension(op, path, value)
            return
        m = PATCH_PATH.match(path)
        if not m:
            raise bad("invalidPath", f"cannot read the path {path!r}")
        urn, name, where, sub = m.groups()
        if name in COMMON:
            raise bad("mutability", f"'{name}' is read-only")
        attribute, holder = self.schemas.find(self.kind, urn, name)
        if attribute is None:
            raise bad("invalidPath", f"no attribute {path!r} in a {KIND_NAME[self.kind]}")
        if attribute.read_only:
            raise bad("mutability", f"'{name}' is read-only")
        if sub and sub not in attribute.parts:
            raise bad("invalidPath", f"no sub-attribute '{name}.{sub}'")
        if name == "members":
            self.apply_members(op, where, sub, value)
        elif where is not None:
            self.apply_where(op, attribute, parse_filter(where), sub, value)
        else:
            self.apply_plain(op, self.data.setdefault(holder, {}) if holder else self.data,
                             attribute, sub, value)
            if holder and not self.data[holder]:
                del self.data[holder]

    def apply_plain(self, op, data, attribute, sub, value):
        name = attribute.name
        if op == "remove":
            if name in ("userName", "displayName") and self.kind == GROUPS or name == "userName":
                raise bad("mutability", f"'{name}' is required")
            if sub and attribute.many:
                raise bad("invalidPath", f"'{name}' has many values: a filter is needed")
            if sub:
                data.get(name, {}).pop(sub, None)
            if not sub or not data.get(name):
                data.pop(name, None)
            return
        if sub:
            if attribute.many:
                raise bad("invalidPath", f"'{name}' has many values: a filter is needed")
            cleaned = self.schemas.clean_value(attribute.parts[sub], value)
            data.setdefault(name, {})[sub] = cleaned
            if cleaned is None:
                del data[name][sub]
            return
        if op == "add" and attribute.many and isinstance(value, dict):
            value = [value]
        cleaned = self.schemas.clean_value(attribute, value)
        if op == "add" and cleaned is None:
            raise bad("invalidValue", f"nothing to add to '{name}'")
        if cleaned is None:
            data.pop(name, None)
        elif attribute.many and op == "add":
            self.append(data, attribute, cleaned)
        elif attribute.kind == "complex" and not attribute.many:
            data.setdefault(name, {}).update(cleaned)
        else:
            data[name] = cleaned

    def append(self, data, attribute, values):
        """Adds values that are not there yet; a new primary takes over."""
        there = data.setdefault(attribute.name, [])
        if any(v.get("primary") for v in values):
            for v in there:
                v.pop("primary", None)
        there += [v for v in values if v not in there]
        self.schemas.clean_value(attribute, there)

    def apply_where(self, op, attribute, tree, sub, value):
        """A path with a filter: attribute[filter] or attribute[filter].sub"""
        if not attribute.many:
            raise bad("invalidPath", f"'{attribute.name}' has one value: no filter goes there")
        values = self.data.get(attribute.name, [])
        hits = [v for v in values if filter_matches(tree, v)]
        if not hits and op == "add" and sub and self.schemas.lenient and tree[0] == "eq":
            hits = [{tree[1][1]: tree[2]}]
            values = self.data.setdefault(attribute.name, [])
            values += hits
        if not hits and op != "remove":
            raise bad("noTarget", f"no value of '{attribute.name}' matches")
        for hit in hits:
            if op == "remove" and sub:
                hit.pop(sub, None)
            elif op == "remove":
                values.remove(hit)
            elif sub:
                hit[sub] = self.schemas.clean_value(attribute.parts[sub], value)
            else:
                cleaned = self.schemas.clean_complex(attribute.name, attribute.parts, value)
                if op == "replace":
                    hit.clear()
                hit.update(cleaned)
        if not values:
            self.data.pop(attribute.name, None)
        else:
            self.schemas.clean_value(attribute, values)

    def apply_members(self, op, where, sub, value):
        if sub:
            raise bad("mutability", "the parts of a member are immutable")
        if not self.touched:
            self.members, self.touched = dict(self.members), True
        if where is not None:
            if op != "remove":
                raise bad("mutability", "the parts of a member are immutable")
            self.remove_matching(parse_filter(where))
            return
        if isinstance(value, dict):
            value = [value]
        given = self.schemas.clean_value(GROUP_ATTRIBUTES["members"], value) or []
        self.named += len(given)
        if op == "remove":
            if value is None:
                if not self.replace_members:
                    raise bad("invalidValue", "removing every member at once is not allowed")
                self.members.clear()
            for member in given:
                self.members.pop(member.get("value"), None)
            return
        checked = self.check_members(given)
        if op == "replace":
            if not self.replace_members:
                raise bad("invalidValue", "replacing every member at once is not allowed")
            self.members.clear()
        for key, member in checked.items():
            self.members.setdefault(key, member)

    def remove_matching(self, tree):
        if tree[0] == "eq" and tree[1][1] == "value":
            self.members.pop(tree[2], None)
            self.named += 1
            return
        gone = [k for k, v in self.members.items() if filter_matches(tree, v)]
        self.named += len(gone)
        for key in gone:
            del self.members[key]
