# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the LDAP tests: the connector by itself (`probe`) and a road to a server that can be watched (`proxy`)."""
import pytest

from ldap_probe import Probe
from ldap_proxy import Proxy


@pytest.fixture
def probe(folder):
    return Probe(folder)


@pytest.fixture
def proxy():
    made = []

    def make(port):
        made.append(Proxy(port))
        return made[-1]

    yield make
    for p in made:
        p.close()
