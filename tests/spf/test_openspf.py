"""The test suite of RFC 7208 by openspf.org: every case of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import Result
from tests.spf.openspf import Case, cases

NAMES = Path(__file__).with_name("openspf.txt").read_text().split()


@pytest.fixture(scope="module")
def suite(pyspf: Path) -> Mapping[str, Case]:
    """The cases by name."""
    return cases(pyspf)


def test_no_case_is_left_out(suite: Mapping[str, Case]) -> None:
    """So that each is a test with a name of its own."""
    assert list(suite) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_suite_of_rfc_7208_passes(suite: Mapping[str, Case], name: str) -> None:
    """SPEC D5, NAMES: the results of RFC 7208."""
    case = suite[name]

    outcome = check(Client.of(case.ip, case.helo, case.mail_from), case.zone.lookup)

    assert outcome.result in case.results
    if case.explanation:
        said = outcome.explanation or "DEFAULT"
        assert said == case.explanation
    assert (outcome.fault is None) == (outcome.result not in {Result.TEMPERROR, Result.PERMERROR})
