# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the conversations; see conftest_server.py."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from conftest_server import service, start_service, strict  # noqa: E402

__all__ = ["service", "start_service", "strict"]
