"""The phrases by which refusals are recognised (SPEC D1)."""

from __future__ import annotations

import re

import pytest

from smtp_panel.diagnosis.wordings import Phrases, fold, readings, wordings


@pytest.mark.parametrize("meaning", wordings())
def test_no_wording_is_found_where_nothing_is_said(meaning: str) -> None:
    """D1: a phrase that matches everything would make every refusal its own."""
    assert not wordings()[meaning].found_in("")
    assert not wordings()[meaning].found_in("xyzzy")


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("no such user", "550 no such user here"),
        ("relay (denied)", "relay (denied)"),
        ("Échec", "echec de l'authentification"),
        ("/user .{0,9}full/", "user ada is full"),
        ("/a|b/", "b"),
        (r"/Code:\S/", "code:x"),
    ],
)
def test_a_phrase_is_plain_words_or_a_regular_expression_between_slashes(
    phrase: str, text: str
) -> None:
    """D1: told apart at sight; case and accents don't count."""
    assert Phrases(["never said", phrase]).found_in(text)


@pytest.mark.parametrize(
    ("phrase", "found", "not_found"),
    [
        (r"/\bfull/", "it is full", "a spoonfull"),
        (r"/\bfull\b|quota/", "overquota", "a spoonfull"),
        (r"/\bips? listed/", "ip listed", "the zip listed"),
        (r"/\bno+ room/", "nooo room", "casino room"),
        (r"/\b(ip|host)s? listed/", "hosts listed", "the zip listed"),
        (r"/\b(full|(no|out of) room)\b/", "out of room", "about of room, casino room"),
        (r"/\b(over )?quota/", "a quota", "subquotas"),
        (r"/\b(e?mail|(un)?known) user/", "an email user", "blackmail user, wellknown user"),
        (r"/\b([(|]|x)b/", "a(b", "a b"),
        (r"/mails? is los{1,2}t/", "mail is losst", "mail is lot"),
        (r"/quotas* .{0,9} over+/", "quota is over", "quota over"),
        (r"/^(?=.*now).*full. (box|tray)$/", "full: box, now a full, tray", "full, tray, not yet"),
    ],
)
def test_however_it_is_looked_for_an_expression_means_what_is_written(
    phrase: str, found: str, not_found: str
) -> None:
    """D1: plain words in it are looked for first."""
    assert Phrases([phrase]).found_in(found)
    assert not Phrases([phrase]).found_in(not_found)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Échec de l'Authentification", "echec de l'authentification"),
        ("ＡＵＴＨ　ｆａｉｌｅｄ", "auth failed"),
        ("zu GROSS oder zu groß", "zu gross oder zu gross"),
        ("HESABINIZ askıya alındı", "hesabiniz askiya alindi"),
        ("Empfaenger ungueltig: bitte spaeter pruefen", "empfanger ungultig: bitte spater prufen"),
    ],
)
def test_case_accents_and_width_do_not_matter(text: str, folded: str) -> None:
    """Servers write as they like."""
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("words", "charset"),
    [
        ("请使用授权码登录", "gb18030"),
        ("認証に失敗しました", "euc_jp"),
        ("Неверный пароль", "koi8_r"),
    ],
)
def test_other_character_sets_are_read_as_well(words: str, charset: str) -> None:
    """A reply that is neither ASCII nor UTF-8 comes as Latin-1."""
    assert words in readings(words.encode(charset).decode("latin-1"))
    assert readings("plain") == "plain"
    assert readings(words) == words


@pytest.mark.parametrize("phrase", ["/(/", "/a(b/", "/[/", "/(a|b/", "/a)|(b/", "", " ", "//"])
def test_what_is_no_phrase_is_refused(phrase: str) -> None:
    """A mistake shows when the catalogue is loaded, not in a diagnosis."""
    with pytest.raises(re.error):
        Phrases([phrase])
