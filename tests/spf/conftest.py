"""What the tests of SPF share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spf.openspf import fetched


@pytest.fixture(scope="session")
def pyspf(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The distribution of pyspf, fetched once for all processes of the tests."""
    own = tmp_path_factory.getbasetemp()
    return fetched(own if worker_id == "master" else own.parent)
