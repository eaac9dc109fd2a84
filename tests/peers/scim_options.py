# SPDX-License-Identifier: Apache-2.0
"""The options of the stand-in SCIM service: one table for its command line and for /_control/set."""
import argparse
import os
import secrets

# What some services are known for, as options.
PROFILES = {
    "aws": {"max_members": 100, "max_members_status": 400, "empty_members": True, "paging": "cursor",
            "max_results": 100, "no_put": "Groups", "no_replace_members": True, "no_attributes": True,
            "no_nested": True, "accept_remove_value": True,
            "required": "name.givenName name.familyName displayName",
            "filters": "userName,externalId,displayName,id,members"},
    "gitlab": {"no_put": "all", "filters": "id,externalId,userName", "ids": "external",
               "no_groups": True},
    "github": {"no_nested": True, "max_results": 100, "filters": "userName,externalId,displayName,id"},
    "google": {"no_put": "html", "no_bulk": True},
}

OPTIONS = [  # name, default, what it does
    ("profile", "", "a set of the options below: " + ", ".join(PROFILES)),
    ("lenient", False, "unknown attributes are dropped, and the known sloppy forms of PATCH are taken"),
    ("extension", "", "more schemas: 'Users URN a,b,c', several joined by ';'"),
    ("latency", 0.0, "milliseconds before each answer"),
    ("paging", "index", "index, cursor, or both"),
    ("max_results", 1000, "the largest page"),
    ("page_size", 100, "a page when no count is given"),
    ("no_filter", False, "no filters at all"),
    ("filters", "userName,externalId,displayName,id,emails,members", "attributes that a filter may name"),
    ("all_filters", False, "every operator and attribute in filters"),
    ("no_attributes", False, "attributes and excludedAttributes are refused"),
    ("no_patch", 0, "PATCH is answered with this status: 405 or 501"),
    ("patch_answer", 204, "204, or 200 with the resource"),
    ("accept_remove_value", False, "PATCH remove may name the values to remove"),
    ("no_put", "", "PUT is 405 for Users, Groups or all; html: an unrouted 404 page"),
    ("no_groups", False, "no /Groups"),
    ("no_nested", False, "groups cannot be members"),
    ("no_config", False, "no ServiceProviderConfig, no Schemas, no ResourceTypes"),
    ("bulk", False, "Bulk is there"),
    ("no_bulk", False, "Bulk is not there, whatever else says so"),
    ("bulk_max_operations", 100, ""),
    ("bulk_max_payload", 1048576, "bytes"),
    ("etag", False, "versions, If-Match and If-None-Match"),
    ("require_if_match", False, "PUT, PATCH and DELETE without If-Match are refused (428)"),
    ("max_payload", 16777216, "bytes of a request; over it 413"),
    ("max_members", 0, "members that one request may name; 0: any number"),
    ("max_members_status", 413, "413 or 400"),
    ("no_replace_members", False, "replacing or removing all members at once is refused"),
    ("required", "", "more attributes that a user needs, like name.givenName"),
    ("no_uniqueness", False, "a userName may be taken twice"),
    ("unique_groups", False, "displayName of groups is unique"),
    ("unique_external_id", False, "externalId is unique"),
    ("ids", "uuid", "uuid, number, name (the userName or displayName), external (the externalId)"),
    ("empty_members", False, "groups are shown without their members"),
    ("no_refs", False, "members are shown without $ref"),
    ("relative_location", False, "locations without scheme and host"),
    ("delete", "normal", "gone (done, yet 404), unrouted (not done, an HTML 404), refuse (405)"),
    ("rate", 0.0, "requests a second; over it 429"),
    ("burst", 10, "requests that may come at once before the rate counts"),
    ("retry_after", 1.0, "seconds that 429 and 503 tell to wait; negative: no header"),
    ("retry_after_date", False, "Retry-After as a date"),
    ("redirect_to", "", "an origin: every request is answered with 307 to there"),
    ("oauth_client", "", "ID:SECRET of a client that may fetch tokens at /oauth/token"),
    ("oauth_only", False, "only tokens from /oauth/token are good"),
    ("token_lifetime", 3600, "seconds an issued token is good for"),
    # Faults; N means every Nth request that fault_on matches (0: never).
    ("fault_on", "", "regular expression over 'METHOD /path' that faults are limited to; '' is every write"),
    ("fault_limit", 0, "how many faults happen in all; 0: no end"),
    ("drop_every", 0, "N: the change is committed, the connection closed without an answer"),
    ("half_every", 0, "N: committed, half of the answer sent, then closed"),
    ("refuse_every", 0, "N: closed without an answer, nothing committed"),
    ("error_every", 0, "N: answered with error_status, nothing committed"),
    ("error_status", 500, "the status of error_every and of commit_error_every"),
    ("commit_error_every", 0, "N: committed, yet answered with error_status"),
    ("stall_every", 0, "N: never answered, nothing committed"),
    ("commit_stall_every", 0, "N: committed, never answered"),
    ("html_every", 0, "N: 200 with an HTML page, nothing committed"),
    ("list_fault", "", "what is wrong with lists: see LIST_FAULTS"),
    ("list_fault_kind", "", "Users or Groups: only in these lists"),
    ("list_fault_page", 1, "from this page of a list on"),
    ("huge_size", 1048576, "bytes of the value that list_fault=huge makes"),
]

LIST_FAULTS = ("cut truncated repeat shrink grow total-high total-low total-missing total-text no-id"
               " no-resources null-resources bad-utf8 huge html error duplicate not-object empty"
               ).split()


CHOICES = {"paging": ("index", "cursor", "both"), "ids": ("uuid", "number", "name", "external"),
           "delete": ("normal", "gone", "unrouted", "refuse"), "list_fault": ("", *LIST_FAULTS),
           "profile": ("", *PROFILES)}


def check_choice(name, value):
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} must be one of {', '.join(c for c in CHOICES[name] if c)}")


def read_options():
    parser = argparse.ArgumentParser(description="A strict stand-in for a SCIM 2.0 service")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="test-token")
    parser.add_argument("--control-token", default=secrets.token_hex(16))
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--lifetime", type=float, default=600, help="seconds, then it ends by itself")
    parser.add_argument("--load", help="a file that 'dump' made")
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--groups", type=int, default=0)
    parser.add_argument("--members", type=int, default=0, help="of each generated group")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    for name, default, doc in OPTIONS:
        flag = "--" + name.replace("_", "-")
        if default is False:
            parser.add_argument(flag, action="store_true", help=doc)
        else:
            parser.add_argument(flag, type=type(default), default=default, help=doc,
                                choices=CHOICES.get(name))
    return parser.parse_args()
