# SPDX-License-Identifier: Apache-2.0
"""What the manual promises is what the program does: commands, options, exit codes, and every member of --json."""
import pathlib
import re
import subprocess

import pytest

MAN = pathlib.Path(__file__).resolve().parents[2] / "src" / "man"


def page(name):
    """The page as a reader sees it, in one row of words."""
    shown = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=200", MAN / name], capture_output=True, text=True,
                           check=True).stdout
    return re.sub(r"\s+", " ", re.sub(r".\x08", "", shown))


def words_of_help(text):
    return re.findall(r"^  ([a-z]+)  ", text, re.M)


def test_every_command_and_option_is_in_the_manual(muster):
    manual = page("muster.1")
    commands = words_of_help(muster("help").out)
    assert len(commands) > 15
    for command in commands:
        assert re.search(rf"\b{command}\b", manual), command
        for option in re.findall(r"(--[a-z-]+)", muster("help", command).out):
            if option not in ("--config", "--help", "--quiet", "--verbose", "--output"):  # by their letters
                assert option in manual, (command, option)


def test_every_exit_code_is_in_the_manual(muster):
    manual = page("muster.1")
    codes = re.findall(r"^ +(\d+)(?:, (\d+))? ", muster("help", "exit-codes").out, re.M)
    assert len(codes) > 14
    for code in filter(None, sum(codes, ())):
        assert re.search(rf"EXIT STATUS.*\b{code}\b", manual), code


def members(value):
    """The names of all members in a document, but for those that are data (attributes, keys of a configuration)."""
    if isinstance(value, list):
        return set().union(set(), *map(members, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(members(v) for k, v in value.items() if k not in ("fields", "config")))


@pytest.fixture
def answers(muster, write, scim_service):
    """Documents of every command that answers in JSON, after a day with a bit of everything."""
    write("staff.yaml", """
users:
  - {userName: ada, title: Lead, emails: [{value: ada@example.com}]}
  - {userName: eve, emails: [{value: eve@example.com}]}
  - {userName: bob}
teams: [{displayName: eng, members: [{user: ada, role: admin}, eve, bob]}]
""")
    muster.configure({
        "systems": {"corp": {"kind": "file", "path": "staff.yaml"}, "crm": scim_service.system(),
                    "okta": {"kind": "inbox", "store": "inbox.db"}},
        "syncs": {"crm": {"from": "corp", "to": "crm", "users": {"attributes": {"userName": "{emails.value}"}},
                          "guard": {"removals": {"count": 0, "percent": 0}}}},
        "serve": {"store": "inbox.db"}})
    found = {"token create": muster("token", "create", "okta", "--json"), "check": muster("check", "--json"),
             "plan": muster("plan", "--json"), "sync": muster("sync", "--json")}
    write("staff.yaml", """
users: [{userName: ada, title: Chief, emails: [{value: ada@example.com}]}]
teams: [{displayName: eng, members: []}]
""")
    found["held"] = muster("sync", "--json")
    for words in ("status", "runs", "runs 1", "explain ada@example.com eng", "invitations", "todo", "token list",
                  "config show", "version", "reject 1"):
        found[words] = muster(*words.split(), "--json")
    return found


def test_every_member_of_json_is_in_the_manual(answers):
    manual = page("muster-json.5")
    for command, answer in answers.items():
        document = answer.json()
        assert document["format_version"] == 1, command
        for name in members(document):
            assert f'"{name}"' in manual, (command, name)
    assert answers["held"].json()["syncs"][0]["held_as"] == 1


def test_the_manual_names_no_member_that_is_never_answered(answers):
    """What only rare occasions show is listed here, so that the manual cannot promise what is not there."""
    rare = {"error", "trouble", "approved_as", "changed_since", "origin", "old_role", "invitation", "key", "returns",
            "created", "after", "address", "held", "since", "tokens", "group", "expiring_tokens", "user_id", "opened",
            "days", "what", "by_hand", "first_sent", "last_sent", "resent", "expires_at", "system", "role"}
    shown = page("muster-json.5")
    shapes = set(re.findall(r'"([a-z_]+)": ', shown)) - {"userName", "title"}
    answered = set().union(*(members(answer.json()) for answer in answers.values()))
    assert shapes - answered - rare == set()
