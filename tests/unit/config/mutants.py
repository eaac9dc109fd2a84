# SPDX-License-Identifier: Apache-2.0
"""Changes a good configuration in one place at a time and says what the JSON Schema thinks of each.

mutants.py SCHEMA CONFIGURATION prints one line a mutant: 1 or 0 (good or not), the place that was changed, the mutant.
"""
import copy
import json
import sys

import jsonschema

VALUES = [None, True, False, 5, -1, 0, 2.5, [], {}, ["x"], [5], [{}], {"userName": 1}, [None], "12h", "all"]


def places(node, path=()):
    """Every path in a document, the whole first."""
    yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from places(value, path + (key,))


def find(node, path):
    for key in path:
        node = node[key]
    return node


def holds_text(value):
    return isinstance(value, str) or isinstance(value, list) and any(isinstance(v, str) for v in value)


def mutants(document):
    yield (), document
    for path in places(document):
        old = find(document, path)
        for value in VALUES:
            # A text in place of a text asks what is in it, which no schema can judge.
            if holds_text(value) and holds_text(old):
                continue
            if not path:
                yield path, value
                continue
            changed = copy.deepcopy(document)
            find(changed, path[:-1])[path[-1]] = value
            yield path, changed
        if path:
            changed = copy.deepcopy(document)
            del find(changed, path[:-1])[path[-1]]
            yield path, changed
        if isinstance(old, dict):
            changed = copy.deepcopy(document)
            find(changed, path)["nickName"] = 1  # an attribute, but no key
            yield path, changed


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        document = json.load(file)["config"]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path, mutant in mutants(document):
        print(int(validator.is_valid(mutant)), ".".join(map(str, path)) or ".", json.dumps(mutant))


if __name__ == "__main__":
    main()
