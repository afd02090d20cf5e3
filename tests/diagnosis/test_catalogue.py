"""The catalogue as data: every entry has an example that reaches it, in both languages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from string import Formatter

import pytest

from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.conditions import CONDITIONS
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.loading import (
    FILLED,
    NEEDED,
    OPTIONAL,
    PLACEHOLDERS,
    ConfigurationError,
    entries_of,
)
from smtp_panel.diagnosis.scope import TRANSACTION, Scope
from smtp_panel.smtp.facts import Facts, Handover, PasswordTrait
from tests.diagnosis.examples import EXAMPLES, VARIANTS
from tests.diagnosis.other_wordings import cases

OF_A_TEST_ALONE = re.compile(
    r"\b[Tt]est again|\b[Ss]end the test|\bthis page mends|テストしてくださ|テストを送"
)


def test_each_entry_is_reached_by_its_example() -> None:
    """D1: no entry is hidden by one that stands before it."""
    reach_their_entries(EXAMPLES)


def test_other_wordings_reach_the_same_entry() -> None:
    """D1: patterns generalise over providers and wordings."""
    reach_their_entries(VARIANTS)


def reach_their_entries(examples: Sequence[tuple[str, Facts]]) -> None:
    """Fails with every failure that does not reach the entry that stands beside it."""
    reached = [(expected, diagnose(failure).id, failure) for expected, failure in examples]
    wrong = [
        f"{name} for {expected}: {failure}"
        for expected, name, failure in reached
        if name != expected
    ]
    assert not wrong, "\n".join(wrong)


def test_every_entry_has_an_example_and_in_the_order_of_the_file() -> None:
    """D1: the catalogue is data with its own tests."""
    assert [name for name, _ in EXAMPLES] == [entry.id for entry in catalogue().entries]


def test_no_placeholder_of_an_example_stays_empty() -> None:
    """T6: cause and remedy are whole sentences in both languages."""
    for name, failure in EXAMPLES:
        diagnosis = diagnose(failure)
        for language in ("en", "ja"):
            for text in (diagnosis.cause(language), diagnosis.remedy(language)):
                assert not re.search(r"[{}]|\(empty\)|未入力", text), name


def test_the_japanese_is_japanese_and_names_the_same_values() -> None:
    """Both languages say the same: what a cause or remedy fills in, its translation does too."""
    for entry in catalogue().entries:
        english, japanese = entry.explanations["en"], entry.explanations["ja"]
        for text in japanese:
            assert re.search(r"[ぁ-んァ-ヶ]", text), entry.id
            assert text.endswith(("。", "{refusal}", "{note}")), entry.id
        assert _fields(*english) == _fields(*japanese), entry.id


def _fields(*texts: str) -> set[str]:
    return {field for text in texts for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_two_diagnoses_begin_with_the_same_sentence(language: str) -> None:
    """D1: it is their title in the list of what can go wrong."""
    titles: dict[str, list[str]] = defaultdict(list)
    for entry in catalogue().entries:
        first = re.split(r"(?<=[.。])(?= |$|[^a-z.])", entry.explanations[language].cause)[0]
        titles[first].append(entry.id)
    assert [names for names in titles.values() if len(names) > 1] == []


LABELS = {
    "server": ("Mail server", "「メールサーバー」"),
    "sender": ("From", "「From」"),
    "username": ("User name", "「ユーザー名」"),
    "password": ("Password", "「パスワード」"),
    "port": ("Port", "「ポート」"),
    "tls": ("TLS / SSL", "「TLS / SSL」"),
    "tls_version": ("TLS / SSL", "「TLS / SSL」"),
    "ca_pem": ("Certificate authority", "「認証局の証明書」"),
    "tls_start": ("How TLS starts", "「TLS の開始方法」"),
    "auth": ("Authentication", "「認証方式」"),
    "client_id": ("Client ID", "「クライアント ID」"),
    "client_secret": ("Client secret", "「クライアントシークレット」"),
    "token_endpoint": ("Token endpoint", "「トークンエンドポイント」"),
    "scopes": ("Scopes", "「スコープ」"),
    "ehlo_name": ("EHLO name", "「EHLO 名」"),
}


def test_a_remedy_is_right_for_real_mail_as_for_a_test() -> None:
    """SPEC M6: the page of a message that failed says what to do with the same words."""
    told = [
        f"{entry.id}: {remedy}"
        for entry in catalogue().entries
        for remedy in (entry.explanations["en"].remedy, entry.explanations["ja"].remedy)
        if OF_A_TEST_ALONE.search(remedy)
    ]
    assert told == []


def test_a_remedy_names_the_field_that_the_entry_marks() -> None:
    """T6: the field that is marked in the form is named by its label in both languages."""
    for entry in catalogue().entries:
        if entry.field:
            english, japanese = LABELS[entry.field]
            assert english in entry.explanations["en"].remedy, entry.id
            assert japanese in entry.explanations["ja"].remedy, entry.id


ROOT = Path(__file__).parents[2]

ENTRY = """
[[entry]]
id = "x"
stage = ["connect"]
cause = "c"
remedy = "r"
"""
JAPANESE = """
[x]
cause = "c"
remedy = "r"
"""


def written(folder: Path, text: str, japanese: str = JAPANESE) -> Path:
    """A folder with a catalogue of one file, connect.toml."""
    (folder / "ja").mkdir()
    (folder / "connect.toml").write_text(text)
    (folder / "ja" / "connect.toml").write_text(japanese)
    return folder


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("surprise = 1", "surprise"),
        ("[[entry]]\nid = 'x'\nstage = ['connect']", "cause"),
        (ENTRY.replace("stage", "covers"), "stage missing"),
        (ENTRY + "colour = 'red'", "colour"),
        (ENTRY + "field = 'size'", "size"),
        (ENTRY.replace("connect", "lunch"), "lunch"),
        (ENTRY + "blames = 'lunch'", "lunch"),
        (ENTRY + "repair = {prayer = 'x'}", "prayer"),
        (ENTRY + "repair = {port = '{code}'}", "code"),
        (ENTRY + "scope = 'service'", "a scope is for"),
        (ENTRY.replace("connect", "data"), "a scope is for"),
        (ENTRY.replace("connect", "data") + "scope = 'moon'", "moon"),
        (ENTRY + "when = {moon = 'full'}", "moon"),
        (ENTRY + "when = {kind = ['sad']}", "sad"),
        (ENTRY + "when = {kind = 'reply'}", "list"),
        (ENTRY + "when = {text = 'reply'}", "list"),
        (ENTRY + "when = {text = ['/(/']}", "x, when"),
        (ENTRY + "when = {text = ['']}", "empty phrase"),
        (ENTRY + "when = {means = ['nothing']}", "nothing"),
        (ENTRY + "when = {names = ['nobody']}", "nobody"),
        (ENTRY + "when = {provider = ['nobody']}", "nobody"),
        (ENTRY.replace('"c"', '"{colour}"'), "colour"),
        (ENTRY.replace('"c"', '"{"'), "x"),
        (ENTRY * 2, "more than one"),
        ("not toml", "not TOML"),
    ],
)
def test_it_refuses_a_catalogue_that_would_not_do_what_it_says(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """D1: an unknown key, condition, value or placeholder is refused when the file is loaded."""
    with pytest.raises(ConfigurationError, match=complaint):
        entries_of(written(tmp_path, text), ("connect",))


@pytest.mark.parametrize(
    ("japanese", "complaint"),
    [
        ("", "x in Japanese: cause, remedy missing"),
        ("[x]\ncause = 'c'", "remedy missing"),
        (JAPANESE + "[y]\ncause = 'c'\nremedy = 'r'", "no entry is called y"),
        (JAPANESE.replace('"c"', '"{colour}"'), "colour"),
    ],
)
def test_each_entry_has_its_japanese_and_no_other_is_there(
    tmp_path: Path, japanese: str, complaint: str
) -> None:
    """SPEC 11: English and Japanese."""
    with pytest.raises(ConfigurationError, match=complaint):
        entries_of(written(tmp_path, ENTRY, japanese), ("connect",))


def test_there_are_many_other_wordings() -> None:
    """D1: the list is a sample."""
    assert len(cases()) >= 150
    assert len({failure for _, failure in cases()}) == len(cases())


def test_what_is_not_in_the_list_is_diagnosed_as_well() -> None:
    """D1, D3: other providers, words and languages get the right stage, field and advice."""
    wrong = []
    for outcome, failure in cases():
        found = diagnose(failure)
        expected = (outcome.id, outcome.stage or failure.stage, outcome.field, outcome.retryable)
        told = (found.id, found.stage, found.field, found.retryable)
        if told != expected:
            wrong.append(f"{failure.text}: {told} for {expected}")
    assert not wrong, "\n".join(wrong)


def test_the_guide_to_the_catalogue_names_all_that_an_entry_may_use() -> None:
    """D1: who adds an entry finds each key, condition and placeholder explained."""
    guide = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    placeholders = {f"{{{name}}}" for name in PLACEHOLDERS} | FILLED
    named = {*NEEDED, *OPTIONAL, *CONDITIONS, *placeholders, *Scope, *PasswordTrait, *Handover}
    assert {word for word in named if f"`{word}`" not in guide} == set()


def test_what_may_pass_later_is_told_rightly_of_a_test_and_of_mail_in_the_outbox() -> None:
    """D3: nobody is told to try again what the outbox tries again by itself."""
    told = [
        entry.id
        for entry in catalogue().entries
        if entry.retryable and not TRANSACTION.keys().isdisjoint(entry.stages)
        if "try again" in entry.explanations["en"].remedy.lower()
    ]
    assert told == []
