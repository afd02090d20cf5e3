"""Every fault of the list is met by the real check, and gets its diagnosis."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.entry import Entry
from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.draft import DraftReader, check
from smtp_panel.settings.hosting import Hosting
from smtp_panel.smtp.facts import Stage
from tests.diagnosis.faults import connection, envelope, form, login, message, protection
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted

LIST = dict(line.split() for line in (Path(__file__).with_name("ids.txt").read_text().splitlines()))
PLAYS = {
    name: play
    for module in (connection, protection, login, envelope, message, form)
    for name, play in module.PLAYS.items()
}
FAILING = [name for name, play in PLAYS.items() if not play.passes]
PASSING = [name for name, play in PLAYS.items() if play.passes]
TYPED = [(name, typed) for name, all_typed in form.TYPED.items() for typed in all_typed]


def entry_of(fault: str) -> Entry:
    """The entry that is, or covers, the fault."""
    return next(e for e in catalogue().entries if fault == e.id or fault in e.covers)


def test_every_fault_of_the_list_is_played_or_typed_or_explained() -> None:
    """D1: the whole list, and nothing else."""
    assert len(LIST) == 209
    assert sorted([*PLAYS, *form.TYPED, *form.NOT_ON_THE_WIRE]) == sorted(LIST)


@pytest.mark.parametrize("fault", FAILING)
def test_the_check_gives_the_diagnosis_of_the_fault(
    scripted: StartScripted, ca: CertificateAuthority, fault: str
) -> None:
    """D1, T6: the entry that is or covers the fault, with the stage of the list."""
    check = PLAYS[fault].run(scripted, ca)
    assert check.verdict in (Verdict.FAILED, Verdict.UNCERTAIN), check.transcript
    assert check.diagnosis
    found = (check.diagnosis.id, check.diagnosis.stage)
    assert found == (entry_of(fault).id, Stage(LIST[fault])), check.transcript


@pytest.mark.parametrize("fault", PASSING)
def test_what_is_no_fault_here_passes(
    scripted: StartScripted, ca: CertificateAuthority, fault: str
) -> None:
    """D4: read whole greetings, try each address, and let QUIT trouble be."""
    check = PLAYS[fault].run(scripted, ca)
    assert check.verdict is Verdict.ACCEPTED, check.transcript


@pytest.mark.parametrize(("fault", "typed"), TYPED)
def test_what_is_typed_wrongly_is_told_at_its_field(fault: str, typed: form.Typed) -> None:
    """F1 to F5, V2: before anything is looked up, with the better value where there is one."""
    assert LIST[fault] == Stage.INPUT
    supported = (TLSVersion.V1_2, TLSVersion.V1_3)
    values = form.FORM | {typed.field: typed.text}
    checked = check(values, DraftReader(Hosting.OTHER), supported=supported)
    if typed.noticed:
        assert typed.field in checked.notices
    elif typed.taken is not None:
        assert checked.draft
        assert getattr(checked.draft, typed.field) == typed.taken
    else:
        assert list(checked.errors) == [typed.field]
        if typed.suggestion is not None:
            assert checked.errors[typed.field].suggestion == typed.suggestion


def test_a_lowest_tls_version_above_what_the_server_has_is_told_at_its_field(
    scripted: StartScripted, ca: CertificateAuthority
) -> None:
    """D2: the version chosen here is known, so that the first remedy is to choose the lower one."""
    at_most_1_2 = protection.speaking(
        lambda ca: ca.good.context(ssl.TLSVersion.TLSv1_2), tls_version=TLSVersion.V1_3
    )
    told = at_most_1_2.run(scripted, ca).diagnosis
    assert told
    assert (told.field, told.retryable) == ("tls_version", False)
    assert told.remedy().startswith("Choose TLS 1.2")
