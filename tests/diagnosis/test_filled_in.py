"""What stands in the form already is not advised, and no login is blamed where none is entered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.smtp.facts import Facts, Stage
from tests.diagnosis.examples import EXAMPLES, NO_LOGIN, VARIANTS, said
from tests.diagnosis.other_wordings import cases

ADA = "ada@test.example"
ALL = [failure for _, failure in (*EXAMPLES, *VARIANTS, *cases())]


def told(failure: Facts) -> set[str]:
    """What is said of it, each by the id of its diagnosis."""
    diagnosis = diagnose(failure)
    return {f"{diagnosis.id}: {diagnosis.remedy()}"}


def test_whoever_is_turned_away_before_a_login_has_none_to_correct() -> None:
    """T6: a ban without a login is of the address alone."""
    for stage in ("banner", "ehlo"):
        for words in ("421 4.7.1 Intrusion prevention active", "554 too many failed logins"):
            banned = diagnose(said(stage, words, **NO_LOGIN))
            assert banned.field is None
            assert "Correct" not in banned.remedy()


def test_a_sentence_begins_with_a_capital_where_the_provider_is_not_known() -> None:
    """T6: it says "the provider" then; a name that begins small, such as iCloud, stays so."""
    texts = [text for each in map(diagnose, ALL) for text in (each.cause(), each.remedy())]
    assert not [text for text in texts if text.startswith(("the ", "an ", "other "))]


def test_nobody_is_told_to_make_from_the_address_that_it_is() -> None:
    """T6: From and User name hold one address."""
    mended = (
        "Set From to the address in User name first",
        "Change From to the address in User name, or to one of its aliases",
    )
    own = [replace(each, username=ADA, sender=ADA) for each in ALL if each.stage is Stage.MAIL_FROM]
    remedies = set().union(*map(told, own))
    assert not [remedy for remedy in remedies if any(part in remedy for part in mended)]


def test_who_speaks_starttls_is_not_told_flatly_to_choose_it() -> None:
    """T6: a server may find that it was spoken to too early for another reason."""
    early = diagnose(said("banner", "554 SMTP synchronization error"))
    assert early.remedy().startswith("If How TLS starts stands on implicit TLS, change it")


@pytest.mark.parametrize(
    ("reply", "known"),
    [
        ("550 5.7.1 Relay access denied", {"server": "outbound-eu1.ppe-hosted.com"}),
        (
            "553 I have not been configured to let you use me as a relay",
            {"server": "cluster5out.eu.messagelabs.com"},
        ),
    ],
)
def test_a_filter_that_takes_no_login_is_not_told_as_one_that_wants_it(
    reply: str, known: dict[str, Any]
) -> None:
    """T6: it knows machines and senders."""
    denied = diagnose(said("rcpt_to", reply, **known, **NO_LOGIN))
    assert (denied.id, denied.field) == ("rcpt-relay-denied-by-gateway", None)
