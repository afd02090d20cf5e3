"""The diagnosis of any failure, known to the catalogue or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import SAID, Diagnosis, diagnose
from smtp_panel.diagnosis.loading import DATA, SETTABLE, read
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Handover, OAuthReason, Stage
from tests.diagnosis.examples import CLEAR, EXAMPLES, IMPLICIT, NO_LOGIN, facts, oauth, said

texts = st.text(max_size=80) | st.sampled_from([failure.text for _, failure in EXAMPLES])
lists = st.lists(st.text(max_size=20), max_size=3).map(tuple)
failures = st.builds(
    Facts,
    stage=st.sampled_from(Stage),
    kind=st.sampled_from(FaultKind),
    reason=st.none() | st.sampled_from(OAuthReason),
    server=st.text(max_size=40),
    port=st.integers(),
    security=st.sampled_from(Security),
    username=texts,
    sender=texts,
    recipient=texts,
    code=st.none() | st.integers(),
    enhanced=st.none() | texts | st.from_regex(r"[245]\.[0-7]\.\d{1,3}", fullmatch=True),
    text=texts,
    error=texts,
    greeting=texts,
    raw=texts,
    offered=lists,
    offered_tls=lists,
    mechanisms=lists,
    refusals=lists,
    verify_code=st.none() | st.integers(),
    tls_reason=texts,
)


@settings(deadline=None)  # the first one reads the catalogue
@given(failures)
def test_it_never_raises_and_always_has_a_cause_and_a_remedy(failure: Facts) -> None:
    """D1: the catalogue never falls through; what the server said fits a database and a page."""
    diagnosis = diagnose(failure)
    assert diagnosis.field in (None, *SETTABLE)
    assert len(diagnosis.server_says) <= SAID
    for language in ("en", "ja"):
        assert diagnosis.cause(language)
        assert diagnosis.remedy(language)
    stored = json.dumps(diagnosis.to_json())
    assert "\\u0000" not in stored
    assert Diagnosis.from_json(json.loads(stored)) == diagnosis


@pytest.mark.parametrize("stage", Stage)
def test_the_general_diagnosis_covers_every_step_and_kind(stage: Stage) -> None:
    """D1: an honest general diagnosis, in both languages, with nothing left unfilled."""
    known = {"username": "", "code": 599, "text": "xyzzy", "error": "xyzzy"}
    for kind in FaultKind:
        diagnosis = diagnose(facts(stage, kind, **known))
        for language in ("en", "ja"):
            for text in (diagnosis.cause(language), diagnosis.remedy(language)):
                assert not re.search(r"[{}]|\(empty\)|未入力", text), kind
        if diagnosis.id.startswith("general-"):
            assert diagnosis.id == f"general-{stage}-{kind}"
            assert diagnosis.stage is stage


GENERAL = (DATA / "general.toml", DATA / "ja" / "general.toml")
REPORTED = {
    "text",
    "vague",
    "field",
    "stage",
    "stage_of_data",
    "retryable",
    "scope",
    "at",
    "when",
    "alone",
}


def told(tables: dict[str, Any], path: str = "") -> Iterator[str]:
    """The paths of the texts; what is reported beside them is left out."""
    for key, value in tables.items():
        if key in REPORTED:
            continue
        if isinstance(value, dict):
            yield from told(value, f"{path}/{key}")
        else:
            yield f"{path}/{key}"


def test_all_that_is_said_of_codes_is_said_in_both_languages() -> None:
    """SPEC 11: general.toml and its Japanese hold the same texts."""
    english, japanese = (set(told(read(file))) for file in GENERAL)
    assert english == japanese


@pytest.mark.parametrize(
    ("stage", "reply", "subject", "field"),
    [
        ("data", "550 Your clock is too far in the past", "time", None),
        ("auth", "535 5.7.8 Ciphers of yours bore us", "encryption", "tls"),
        ("mail_from", "550 Odd sender, says the oracle", "sender", "sender"),
        ("rcpt_to", "550 Odd recipients, says the oracle", "recipient", None),
        ("auth", "535 Secret was leaked into a song", "secret", "password"),
        ("rcpt_to", "550 Your host sings too loudly", "machine", None),
        ("data", "550 Subject of bad taste", "message", None),
        ("auth", "535 User names with dots bore us", "user name", "username"),
        ("auth", "535 Your subscription sings too loudly", "account", None),
        ("auth", "535 Maximum of parrots for this user", "limit", None),
        ("auth", "535 The parrot has to approve of ada", "confirmed", None),
        ("auth", "535 Parrots have no such privileges", "may do", None),
        ("data", "550 Daemon has fallen asleep", "itself", None),
    ],
)
def test_a_refusal_in_unknown_words_is_repeated_and_sends_to_whom_its_subject_concerns(
    stage: str, reply: str, subject: str, field: str | None
) -> None:
    """D1: what no entry knows is told in the server's own words, and never as a wrong password."""
    diagnosis = diagnose(said(stage, reply))
    assert diagnosis.id == f"general-{stage}-reply"
    assert f"“{reply.split(' ', 1)[1].removeprefix('5.7.8 ')}”" in diagnosis.cause()
    assert "words are about" in diagnosis.remedy()
    assert subject in diagnosis.remedy()
    assert diagnosis.field == field


def test_who_has_not_logged_in_is_not_sent_to_the_account_in_user_name() -> None:
    """D2: without a login no account stands in User name."""
    told = diagnose(said("mail_from", "550 Odd sender, says the oracle", **NO_LOGIN))
    assert "the account in User name" not in told.remedy()
    assert "no login was made" in told.remedy()
    assert "認証は行われていません" in told.remedy("ja")


def test_a_login_refused_in_unknown_words_says_what_is_likely_and_what_to_try_first() -> None:
    """D1: a 535 that says something else is not told as a wrong password alone."""
    diagnosis = diagnose(said("auth", "535 5.7.8 ada is not in our choir"))
    assert "“ada is not in our choir”" in diagnosis.cause()
    assert "not valid" not in diagnosis.cause()
    assert "most often first: a user name or password" in diagnosis.cause()
    assert diagnosis.remedy().startswith("First try the same User name and Password in the webmail")
    assert "the time of this attempt" in diagnosis.remedy()


@pytest.mark.parametrize(
    ("reply", "field", "likely", "first"),
    [
        ("535 the owls object", "password", "may not send by SMTP", "First try the same User name"),
        ("501 the owls object", "auth", "password was not judged", "First choose LOGIN"),
        ("550 the owls object", None, "not the code for a wrong password", "First sign in at"),
    ],
)
def test_what_is_likely_behind_a_refused_login_depends_on_its_code(
    reply: str, field: str | None, likely: str, first: str
) -> None:
    """D1: the code tells the likeliest cause, the field, and what to do first."""
    diagnosis = diagnose(said("auth", reply))
    assert diagnosis.id == "general-auth-reply"
    assert diagnosis.field == field
    assert likely in diagnosis.cause()
    assert diagnosis.remedy().startswith(first)


@pytest.mark.parametrize(
    ("reply", "known", "field", "first"),
    [
        ("535 the owls object", CLEAR, "tls", "TLS / SSL is off"),
        ("535 the owls object", {"port": 25}, "port", "Port 25 is for mail between servers"),
        (
            "501 the owls object",
            {"mechanism": "PLAIN", "mechanisms": ("PLAIN", "LOGIN")},
            "auth",
            "The login was made by PLAIN, and the server offers LOGIN",
        ),
    ],
)
def test_what_port_tls_and_mechanism_make_likely_is_told_first(
    reply: str, known: dict[str, Any], field: str, first: str
) -> None:
    """D1, D2: a refusal in words that nothing knows is read together with what is in force."""
    diagnosis = diagnose(said("auth", reply, **known))
    assert diagnosis.field == field
    assert diagnosis.remedy().startswith(first)
    assert "the owls object" in diagnosis.cause()


def test_what_is_known_to_be_for_now_or_about_something_else_is_not_blamed_on_the_port() -> None:
    """D2: neither a refusal that passes by waiting, nor one whose words tell whom it concerns."""
    for reply in ("450 the owls object", "550 Odd recipients, says the oracle"):
        assert "Port 25" not in diagnose(said("rcpt_to", reply, port=25)).remedy()
    assert diagnose(said("rcpt_to", "550 the owls object", port=25)).field == "port"


def test_an_unknown_refusal_tells_how_it_was_tried() -> None:
    """D1: whoever looks for it in the server's log knows port, protection and login."""
    login = diagnose(said("auth", "535 the owls object", mechanism="LOGIN", **IMPLICIT))
    assert "port 465, with implicit TLS, with the login ada@test.example by LOGIN." in login.cause()
    assert "ポート 465、暗黙の TLS、LOGIN による ada@test.example" in login.cause("ja")
    stranger = diagnose(said("data", "554 the owls object", **CLEAR, **NO_LOGIN))
    assert "on port 587, without TLS, without a login." in stranger.cause()


def test_a_refusal_without_words_says_that_there_are_none() -> None:
    assert "does not say why" in diagnose(said("rcpt_to", "550 ")).cause()


def test_an_unknown_refusal_says_what_its_codes_mean_and_what_is_not_known() -> None:
    """D1: step, RFC 3463 subject and detail, and reply code make the general diagnosis."""
    diagnosis = diagnose(said("rcpt_to", "550 5.2.1 xyzzy"))
    assert diagnosis.id == "general-rcpt_to-reply"
    assert diagnosis.cause() == (
        "smtp.test.example did not take bob@example.org as the recipient; everything before it was "
        "accepted. The server refused with 550 and gives this reason: “xyzzy”. Its code 5.2.1 "
        "stands for: the recipient's mailbox is disabled. It was tried on port 587, with STARTTLS, "
        "with the login ada@test.example."
    )
    assert "コード 5.2.1 の意味: 宛先のメールボックスは無効です。" in diagnosis.cause("ja")
    assert "Trying again without a change will not help." in diagnosis.remedy()


def test_an_unknown_detail_is_explained_by_its_subject() -> None:
    """D1: RFC 3463 codes are read class, subject and detail."""
    assert "a problem of the network" in diagnose(said("data", "450 4.4.99 xyzzy")).cause()


def test_words_about_one_subject_outweigh_a_code_about_another() -> None:
    """D1: a 5.2.1 that speaks of the subject line is not told as a disabled mailbox."""
    diagnosis = diagnose(said("data", "550 5.2.1 Subject of bad taste"))
    assert "mailbox" not in diagnosis.cause()
    assert diagnosis.scope == "message"


@pytest.mark.parametrize(
    ("stage", "reply", "known", "first"),
    [
        ("mail_from", "550 xyzzy", {}, "Set From to the address in User name first"),
        ("mail_from", "550 5.7.1 The choir of pigeons", NO_LOGIN, "No login was made"),
        ("rcpt_to", "550 xyzzy", {}, "Send to an address in another domain first"),
        ("rcpt_to", "550 The choir of pigeons", NO_LOGIN, "No login was made"),
        ("data", "550 xyzzy", {}, "Find out first whether the test message of the panel passes"),
        ("rcpt_to", "450 xyzzy", {}, "Leave the settings as they are"),
        ("data", "451 xyzzy", NO_LOGIN, "Leave the settings as they are"),
    ],
)
def test_an_unknown_refusal_of_a_message_names_one_thing_to_do_first_and_whom_to_ask(
    stage: str, reply: str, known: dict[str, Any], first: str
) -> None:
    """D1: by the step, by whether it is for now, and by whether a login was made."""
    diagnosis = diagnose(said(stage, reply, **known))
    assert diagnosis.id == f"general-{stage}-reply"
    assert diagnosis.remedy().startswith(first)
    assert "administrator" in diagnosis.remedy()
    assert "the time of this attempt" in diagnosis.remedy()


def test_an_account_spoken_of_in_answer_to_a_recipient_is_the_recipients() -> None:
    """D1: nobody is sent to the own provider about somebody else's mailbox."""
    assert "about the recipient" in diagnose(said("rcpt_to", "550 Mailbox sings")).remedy()
    assert "about the account" in diagnose(said("rcpt_to", "550 Your account sings")).remedy()
    named = "550 Rule imposed mailbox access for bob@example.org refused"
    assert "about the recipient" in diagnose(said("data", named)).remedy()
    unverified = diagnose(said("data", "550 Mailbox sings"))
    assert "about the recipient" in unverified.remedy()
    assert unverified.scope is Scope.RECIPIENT


def test_your_server_is_this_machine_and_not_the_server_itself() -> None:
    """D1: a server that says "your server" means the one that sends."""
    diagnosis = diagnose(said("mail_from", "550 your server requires confirmation"))
    assert "about this machine" in diagnosis.remedy()
    assert diagnosis.stage == Stage.POLICY


def test_an_unknown_refusal_of_the_message_is_not_told_as_a_missing_mailbox() -> None:
    """D1: what 550 stands for is about a recipient, who was accepted before."""
    assert "mailbox" not in diagnose(said("data", "550 Mail rejected")).cause()


def test_the_code_may_blame_another_step_than_the_one_where_it_came() -> None:
    """D2: 5.7.8 speaks of the login, wherever the server says it."""
    diagnosis = diagnose(said("mail_from", "554 5.7.8 xyzzy"))
    assert (diagnosis.stage, diagnosis.field) == (Stage.AUTH, "password")


@pytest.mark.parametrize(
    ("failure", "retryable"),
    [
        (said("rcpt_to", "450 xyzzy"), True),
        (said("data", "421 xyzzy"), True),
        (said("rcpt_to", "550 xyzzy"), False),
        (said("rcpt_to", "550 5.7.1 Greylisted, please come back"), True),
        (said("rcpt_to", "454 4.7.1 Relay access denied"), False),
        (said("data", "550 5.4.5 Daily user sending quota exceeded"), True),
        (said("mail_from", "452 4.3.4 Message size exceeds fixed limit"), False),
        (said("auth", "454 4.7.0 Temporary authentication failure"), True),
        (said("auth", "535 5.7.8 no"), False),
        (facts("connect", "timeout"), True),
        (facts("ehlo", "closed"), True),
        (facts("mail_from", "closed"), True),
        (facts("tls", "certificate", verify_code=10), False),
        (facts("tls", "certificate", verify_code=99), False),
        (facts("dns", "dns_temporary"), True),
        (facts("dns", "dns_not_found"), False),
        (facts("data", "timeout"), True),
        (facts("data", "timeout", handover=Handover.SENDING), True),
        (facts("data", "timeout", handover=Handover.FINISHED), False),
        (facts("quit", "timeout"), False),
    ],
)
def test_it_is_right_about_trying_again(failure: Facts, retryable: bool) -> None:
    """D3: not the first digit alone; what may have been sent already is not sent again (M3)."""
    assert diagnose(failure).retryable is retryable


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"security": Security.IMPLICIT, "port": 465}, "auth-credentials-refused"),
        ({"username": "ada"}, "auth-user-name-without-domain"),
        ({"server": "smtp.gmail.com"}, "auth-gmail-bad-credentials"),
        ({"greeting": "mx.google.com ESMTP x - gsmtp"}, "auth-gmail-bad-credentials"),
        ({"server": "x.sakura.ne.jp"}, "auth-sakura-full-address-user-name"),
    ],
)
def test_the_same_words_have_the_cause_that_the_other_facts_tell(
    known: dict[str, Any], expected: str
) -> None:
    """D2: provider by name or greeting, port, TLS and user name decide between causes."""
    assert diagnose(said("auth", "535 5.7.8 Authentication failed", **known)).id == expected


def test_the_failed_step_may_be_reported_as_another() -> None:
    """SPEC 11: policy says that the settings are right but the account or address is refused."""
    assert diagnose(said("data", "550 5.4.5 Daily quota exceeded")).stage is Stage.POLICY


def test_the_servers_words_come_with_their_codes_and_cut() -> None:
    """T6: the server's own words, on one line."""
    assert diagnose(said("auth", "535 5.7.8 No\nreally")).server_says == "535 5.7.8 No really"
    assert len(diagnose(said("auth", f"535 {'x' * 9000}")).server_says) == SAID


def test_without_a_reply_the_earlier_refusal_or_the_librarys_words_are_shown() -> None:
    """D4: a drop after a refused login does not hide the 535."""
    dropped = facts("auth", "closed", error="connection closed", refusals=("535 5.7.8 No",))
    assert diagnose(dropped).server_says == "535 5.7.8 No"
    assert "535 5.7.8 No" in diagnose(dropped).cause()
    assert diagnose(facts("connect", "timeout", error="timed out")).server_says == "timed out"


def test_what_does_not_speak_smtp_is_not_echoed() -> None:
    """L3: a test tells nothing about such a target but that it does not speak SMTP."""
    diagnosis = diagnose(facts("banner", "not_smtp", raw="SSH-2.0-secret-host-9", text="secret"))
    assert diagnosis.server_says == ""
    assert "secret" not in json.dumps(diagnosis.to_json())


@pytest.mark.parametrize(
    "failure",
    [
        said("banner", "554 5.7.1 xyzzy"),
        said("banner", "421 4.3.0 xyzzy"),
        said("ehlo", "421 xyzzy"),
        said("ehlo", "599 xyzzy"),
        said("starttls", "454 xyzzy"),
        said("starttls", "554 xyzzy"),
        facts("connect", "error", error="xyzzy"),
        facts("tls", "certificate", error="xyzzy"),
        facts("tls", "tls", error="xyzzy"),
        facts("tls", "tls", error="tlsv1 alert xyzzy"),
        oauth(OAuthReason.REFUSED, "status 400, xyzzy"),
        oauth(OAuthReason.INVALID_REQUEST, "invalid_request: xyzzy"),
        oauth(OAuthReason.INVALID_GRANT, "invalid_grant: xyzzy"),
        oauth(OAuthReason.INVALID_SCOPE, "invalid_scope: xyzzy"),
        oauth(OAuthReason.UNAUTHORIZED_CLIENT, "unauthorized_client: xyzzy"),
    ],
)
def test_the_cause_repeats_words_that_are_not_known(failure: Facts) -> None:
    """T6, D1: what alone tells the reason is no gap in the cause, in either language."""
    diagnosis = diagnose(failure)
    assert "xyzzy" in diagnosis.cause()
    assert "xyzzy" in diagnosis.cause("ja")


@pytest.mark.parametrize(
    "failure",
    [
        said("data", "421 4.7.32 This mail has been rate limited: no DMARC alignment"),
        said("mail_from", "450 4.7.1 SPF check failed for now, please try again later"),
        said("rcpt_to", "451 Sender is on our black list, try again in 10 minutes"),
        said("rcpt_to", "450 Refused: dnsbl.test, please try again", username=""),
    ],
)
def test_a_message_that_the_server_asks_to_have_again_is_not_given_up(failure: Facts) -> None:
    """D3, M4: whatever the reason, a 4yz that says to try again later may pass later."""
    assert diagnose(failure).retryable


@pytest.mark.parametrize(
    "reply", ["451 STARTTLS is required, try again later", "454 Relay access denied, retry later"]
)
def test_a_setting_that_is_wrong_stays_wrong_however_often_the_server_says_later(
    reply: str,
) -> None:
    """D3: a 4yz about the settings does not heal by waiting."""
    assert not diagnose(said("mail_from", reply, **NO_LOGIN, **CLEAR)).retryable


def test_a_refusal_for_now_that_says_to_leave_the_settings_blames_no_field() -> None:
    """T6: no field is marked beside advice to change nothing."""
    assert diagnose(said("mail_from", "421 xyzzy")).field is None
    assert diagnose(said("mail_from", "450 4.1.8 xyzzy")).field == "sender"
    assert diagnose(said("mail_from", "550 xyzzy")).field == "sender"


def test_values_are_inserted_as_they_are() -> None:
    """Braces in a server's words or a user name are text, and markup is left to the template."""
    diagnosis = diagnose(facts("auth", "closed", refusals=("535 {port} <b>",)))
    assert "535 {port} <b>" in diagnosis.cause()


def test_an_unknown_language_gets_english() -> None:
    """English is the source language."""
    for failure in (facts("dns", "dns_not_found"), said("rcpt_to", "550 xyzzy")):
        diagnosis = diagnose(failure)
        assert diagnosis.cause("fr") == diagnosis.cause()
        assert diagnosis.remedy("fr") == diagnosis.remedy("en")


@pytest.mark.parametrize(("stage", "scope"), [("auth", "service"), ("rcpt_to", "recipient")])
def test_a_diagnosis_that_was_stored_without_a_scope_has_that_of_its_stage(
    stage: str, scope: str
) -> None:
    """D3: rows of an older version are read as before."""
    stored = diagnose(said(stage, "550 5.5.99 xyzzy")).to_json()
    del stored["scope"]
    older = Diagnosis.from_json({**stored, "repair": "starttls-587"})
    assert (older.stage, older.scope) == (Stage(stage), Scope(scope))


@pytest.mark.parametrize(
    ("failure", "scope"),
    [
        (said("banner", "421 xyzzy"), "service"),
        (said("auth", "535 xyzzy"), "service"),
        (said("mail_from", "550 xyzzy"), "sender"),
        (said("rcpt_to", "550 xyzzy"), "recipient"),
        (said("data", "554 xyzzy"), "message"),
        (said("data", "421 xyzzy"), "service"),
        (said("rcpt_to", "550 5.7.8 xyzzy"), "service"),
        (said("data", "550 5.1.1 xyzzy"), "recipient"),
        (said("data", "554 5.7.1 xyzzy"), "message"),
        (facts("mail_from", "closed"), "service"),
        (facts("rcpt_to", "timeout"), "service"),
        (facts("data", "closed", handover=Handover.SENDING), "message"),
        (facts("mail_from", "too_large"), "message"),
        (facts("mail_from", "not_offered", error="8BITMIME"), "message"),
    ],
)
def test_it_says_what_else_would_fail_likewise(failure: Facts, scope: str) -> None:
    """D3: what concerns one message stops no other, and what concerns all gives none up."""
    assert diagnose(failure).scope is Scope(scope)


def test_a_stored_diagnosis_outlives_its_catalogue_entry() -> None:
    """A diagnosis that an older version stored still has words."""
    stored = {**diagnose(facts("dns", "dns_not_found")).to_json(), "id": "gone-since"}
    assert "smtp.test.example" in Diagnosis.from_json(stored).cause()


@pytest.mark.parametrize("stage", Stage)
def test_no_repair_gives_a_password_up_to_clear_text(stage: Stage) -> None:
    """F7: clear text is offered only where no login is made."""
    for kind, port in product(FaultKind, (25, 587, 1025)):
        name = diagnose(facts(stage, kind, port=port)).id
        assert catalogue().likeliest_repair(name).get("tls") != "", (kind, port)


def test_an_unknown_refusal_without_an_enhanced_code_is_explained_by_its_reply_code() -> None:
    """D1: RFC 5321 and RFC 4954 say what a reply code stands for."""
    diagnosis = diagnose(said("mail_from", "503 xyzzy"))
    assert "The reply code 503 stands for: the command came out of turn" in diagnosis.cause()
    assert "応答コード 503 の意味: 命令の順序" in diagnosis.cause("ja")
    assert diagnose(said("data", "534 xyzzy")).field == "auth"


@pytest.mark.parametrize(
    ("reply", "retryable"),
    [
        ("550 4.7.99 xyzzy", True),
        ("450 5.7.99 xyzzy", True),
        ("552 5.7.28 xyzzy", True),
        ("450 4.7.13 xyzzy", False),
        ("599 5.9.9 xyzzy", False),
        ("499 xyzzy", True),
    ],
)
def test_the_codes_decide_about_trying_again_where_words_do_not(
    reply: str, retryable: bool
) -> None:
    """D3: a temporary class or meaning of the enhanced code counts more than a first digit of 5."""
    assert diagnose(said("rcpt_to", reply)).retryable is retryable


def test_a_message_refused_by_a_rule_of_policy_is_no_fault_of_the_settings() -> None:
    """SPEC 11: policy, where a 5.7.x comes after everything else was accepted."""
    assert diagnose(said("data", "550 5.7.1 xyzzy")).stage is Stage.POLICY
    assert diagnose(said("rcpt_to", "550 5.7.1 xyzzy")).stage is Stage.RCPT_TO


@pytest.mark.parametrize("reason", OAuthReason)
def test_every_reason_of_oauth_has_a_cause_of_its_own(reason: OAuthReason) -> None:
    """D1: whatever words stand beside it."""
    assert diagnose(oauth(reason, "surprise")).id not in {"oauth-failed", "general-auth-oauth"}


@pytest.mark.parametrize(
    "words",
    [
        "503 5.3.3 AUTH mechanism PLAIN not available",
        "550 smtpd: protocol deviation in AUTH",
        "501 5.5.2 Cannot decode OAUTHBEARER",
    ],
)
def test_a_refused_token_is_told_without_the_gap_of_a_code_that_is_not_known(words: str) -> None:
    """T6: what is said of a login by password names its reply code, and a token has none."""
    assert "empty" not in diagnose(oauth("token_refused", words)).cause()
