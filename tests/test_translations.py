"""The translations: complete, compiled, and in the words that pages and diagnoses share."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Message
from flask import render_template_string

from scripts import translations
from smtp_panel.app import panel_app
from smtp_panel.cli import exits
from smtp_panel.config import Config
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.telling.labels import FIELD_LABELS
from smtp_panel.telling.language import LANGUAGES

TEMPLATES = sorted(path for path in (translations.ROOT / "templates").rglob("*") if path.is_file())
DIAGNOSES = sorted((translations.ROOT / "smtp_panel" / "diagnosis" / "data" / "ja").iterdir())

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
JAPANESE = "[ぁ-ゖァ-ヺー一-鿿々]"
LATIN = "[A-Za-z0-9]"
# Names that Japanese administrators write as they are.
SAME_IN_JAPANESE = {"EHLO", "From", "Message-ID", "TLS", "TLS / SSL", "TLS / SSL:", "%(ms)s ms"}
# What Jinja reads: comments, texts that are marked, statements, values.
MARKED = r"\{#.*?#\}|\{% trans.*?endtrans %\}|\{%.*?%\}|\{\{.*?\}\}"
# What a page shows unmarked: names, and a command.
UNMARKED = {"SMTP", "SMTP Panel", "STARTTLS", "PLAIN", "LOGIN", "OAuth 2.0", "SHA-256", "English"}
UNMARKED |= {"flask --app wsgi users reset-link --email …"}
# What a command prints.
SENTENCE = re.compile("[a-z]{2,} [a-z]{2,}")
WITH_DOCSTRING = ast.Module | ast.FunctionDef | ast.ClassDef
TAKES_ENGLISH = {
    "N_",
    "gettext",
    "ngettext",
    "option",
    "argument",
    "JsonGroup",
    "group",
    "text",
    "switch",
}
# Help and manual page are in English, and so are names and what is told of a full disk.
IN_ENGLISH = {
    "Ask this node, or all of them at once, to do it.",
    "Secure the connection (it is unless --no-tls is given).",
    *("Read the ", "client secret", " from standard input."),
    *("as it is", "command line", "standard input", "The output is not complete: "),
    *exits.MEANINGS.values(),
}
# The longest first, for one is part of another. "User name and password" are what was sent, and
# "From a container" is no sender.
LABELS = "|".join(map(re.escape, sorted(FIELD_LABELS.values(), key=len, reverse=True)))
NAMED_FIELD = re.compile(rf"(?<![A-Za-z])({LABELS})(?! and password)(?! a )(?![A-Za-z])")
# What the diagnoses quote of other people's pages, replies and commands.
ELSEWHERE = {
    "Communication and Email Service 所有者",
    "Mail Send",
    "SMTP & API",
    "SMTP認証の国外アクセス制限設定",
    "setsebool -P httpd_can_network_connect 1",
    "setsebool -P httpd_can_sendmail 1",
    "アクセス制御 (IAM)",
    "アプリケーション管理ポリシー",
    "サインインとセキュリティ",
    "サービス正常性",
    "セキュリティ",
    "セキュリティの既定値群",
    "ドメイン",
    "メール アプリを管理する",
    "メール",
    "メールポリシー",
    "メール設定",
    "到達性",
    "国外IPアドレスフィルタ",
    "後でもう一度",
    "設定",
    "認証済み SMTP",
    "送信元アドレス",
}


def messages() -> list[Message]:
    """What messages.po holds for Japanese, its header left out."""
    written = translations.parse(translations.po_file("ja").read_bytes(), "ja")
    return [message for message in written if message.id]


def sources(message: Message) -> tuple[str, ...]:
    """The English of `message`, singular first."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def pairs() -> list[tuple[str, str]]:
    """English and Japanese, a pair for each Japanese text."""
    return [(sources(each)[-1], form) for each in messages() for form in translations.forms(each)]


@cache
def compiled() -> GNUTranslations:
    """The Japanese as the panel reads it."""
    return GNUTranslations(BytesIO(translations.po_file("ja").with_suffix(".mo").read_bytes()))


@cache
def diagnosis_texts(path: Path) -> str:
    """All Japanese in a file of diagnoses."""
    return path.read_text(encoding="utf-8")


def quoted_in(text: str) -> list[str]:
    """What stands in quotation marks in a Japanese text."""
    return re.findall("「([^」]+)」", text)


def test_there_are_translations_for_every_language_but_the_source_language() -> None:
    assert {"en", *translations.LANGUAGES} == set(LANGUAGES)


def test_the_texts_are_exactly_those_that_the_sources_mark() -> None:
    """Where this fails, `make translations` brings the file up to date."""
    marked = {sources(message) for message in translations.marked("ja") if message.id}
    assert {sources(message) for message in messages()} == marked


def test_nothing_is_left_untranslated_or_uncertain() -> None:
    assert not translations.untranslated(translations.translated("ja"))
    assert not [message.id for message in messages() if message.fuzzy]


def test_both_files_are_what_the_script_writes() -> None:
    """Written twice they are the same: sorted, and without dates or places in the sources."""
    catalog, po = translations.translated("ja"), translations.po_file("ja")
    assert po.read_bytes() == translations.as_po(catalog)
    assert po.with_suffix(".mo").read_bytes() == translations.as_mo(catalog)
    assert b"Date" not in po.read_bytes()
    assert b"\n#: " not in po.read_bytes()


def test_translations_have_the_placeholders_of_their_sources() -> None:
    assert not [
        japanese
        for english, japanese in pairs()
        if sorted(PLACEHOLDER.findall(japanese)) != sorted(PLACEHOLDER.findall(english))
        or "%" in PLACEHOLDER.sub("", japanese)
    ]


def test_translations_are_in_japanese() -> None:
    assert not [
        english
        for english, japanese in pairs()
        if not re.search(JAPANESE, japanese)
        and not (english in SAME_IN_JAPANESE and japanese == english)
    ]


def test_sentences_stay_sentences() -> None:
    assert not [
        japanese
        for english, japanese in pairs()
        if (english.endswith(".") and not japanese.endswith("。"))
        or (japanese.endswith(":") and not english.endswith(":"))
    ]


def test_japanese_is_set_as_in_the_diagnoses() -> None:
    """Full-width punctuation, half-width letters and digits, a space between the scripts."""
    wrong = re.compile(
        f"[Ａ-Ｚａ-ｚ０-９，．！？：“”]|{JAPANESE}{LATIN}|{LATIN}{JAPANESE}|{JAPANESE}[,.!?]"
        "|[。、「」（）] | [。、「」（）]"
    )
    assert not [japanese for _, japanese in pairs() if wrong.search(PLACEHOLDER.sub("X", japanese))]


def test_counted_things_read_alike_for_one_and_for_many() -> None:
    singular, plural = "%(count)s message waits", "%(count)s messages wait"
    for count in (0, 1, 2):
        told = compiled().ngettext(singular, plural, count) % {"count": count}
        assert told == f"{count} 通が送信待ち"
    plurals = [message for message in messages() if message.pluralizable]
    assert plurals
    assert {len(translations.forms(message)) for message in plurals} == {1}


def test_the_diagnoses_name_the_fields_by_their_labels() -> None:
    """T6: the remedy names the field to change, so that the admin finds it on the page."""
    labels = {compiled().gettext(label) for label in (*FIELD_LABELS.values(), "Advanced")}
    quoted = {name for path in DIAGNOSES for name in quoted_in(diagnosis_texts(path))}
    assert quoted - labels <= ELSEWHERE


def test_a_remedy_quotes_the_label_of_each_field_that_it_names() -> None:
    """T6: as the page has it, in Japanese as in English."""
    unquoted = {}
    for entry in catalogue().entries:
        named = NAMED_FIELD.findall(entry.explanations["en"].remedy)
        quoted = quoted_in(entry.explanations["ja"].remedy)
        unquoted[entry.id] = set(map(compiled().gettext, named)) - set(quoted)
    assert {name: labels for name, labels in unquoted.items() if labels} == {}


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("Mail server", "メールサーバー"),
        ("From", "From"),
        ("User name", "ユーザー名"),
        ("Password", "パスワード"),
        ("Port", "ポート"),
        ("How TLS starts", "TLS の開始方法"),
        ("Authentication", "認証方式"),
        ("Automatic", "自動"),
        ("Implicit TLS", "暗黙の TLS"),
        ("Greeting", "挨拶"),
        ("Recipient", "宛先"),
        ("Message", "メッセージ"),
    ],
)
def test_pages_and_diagnoses_use_the_same_terms(english: str, japanese: str) -> None:
    assert compiled().gettext(english) == japanese
    assert any(japanese in diagnosis_texts(path) for path in DIAGNOSES)


# What Looker's documentation calls the things that it names, by our English (SPEC section 11).
DOCUMENTED = {
    "Mail server": "メールサーバー",
    "From": "From",
    "User name": "ユーザー名",
    "Password": "パスワード",
    "Port": "ポート",
    "TLS / SSL": "TLS / SSL",
    "Use default mail settings": "デフォルトのメール設定を使用",
    "Use custom mail settings": "カスタムメール設定を使用",
    "Save": "保存",
    "Send test email": "テストメールを送信",
    "Admin": "管理",
    "Platform": "プラットフォーム",
}
# Other words for the same things, which no text of ours uses.
OTHER_WORDS = re.compile(
    "差出人|メール サーバー|SMTP サーバー名|ユーザ名|ユーザー ID|パスワ-ド|ポート番号"
    "|既定の(?:メール|設定|サービス)|カスタムの|独自のメール|テスト メール|試験メール"
)


@pytest.mark.parametrize(("english", "japanese"), DOCUMENTED.items())
def test_what_the_documentation_names_has_its_name(english: str, japanese: str) -> None:
    """Section 11."""
    assert compiled().gettext(english) == japanese


def test_no_text_has_another_word_for_it() -> None:
    """Section 11: in every sentence, of the pages and of the diagnoses."""
    texts = [japanese for _, japanese in pairs()]
    texts += [text for path in DIAGNOSES for text in diagnosis_texts(path).splitlines()]
    assert not [text for text in texts if OTHER_WORDS.search(text)]


def shown_unmarked(template: str) -> set[str]:
    """The words that a template shows as they are."""
    html = re.sub(MARKED, "", template, flags=re.DOTALL)
    attributes = re.findall(r'\s(?:aria-label|title|placeholder|alt|data-done)="([^"]*)"', html)
    shown = [*re.findall(r"(?<=>)[^<>]+(?=<)", html), *attributes]
    return {text.strip(" \n·") for text in shown if re.search("[A-Za-z]{2}", text)}


def test_no_template_shows_unmarked_text() -> None:
    found = {path.name: shown_unmarked(path.read_text()) - UNMARKED for path in TEMPLATES}
    assert {name: words for name, words in found.items() if words} == {}


def unmarked(node: ast.AST) -> Iterator[str]:
    """The sentences of a module that nothing marks for translation, docstrings and help apart."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in TAKES_ENGLISH:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from [node.value] if SENTENCE.search(node.value) else []
    said = ast.get_docstring(node, clean=False) if isinstance(node, WITH_DOCSTRING) else None
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and getattr(child.value, "value", None) == said):
            yield from unmarked(child)


def test_a_command_prints_no_unmarked_text() -> None:
    """A6, section 11."""
    commands = (translations.ROOT / "smtp_panel" / "cli").glob("*.py")
    found = {text for path in commands for text in unmarked(ast.parse(path.read_text()))}
    assert found <= IN_ENGLISH


def test_a_template_marks_nothing_but_its_own_texts() -> None:
    """So that each is found where it stands; a text that comes from elsewhere is `translated`."""
    elsewhere = re.compile(r"\b(?:_|gettext|ngettext)\((?!\s*['\"])")
    assert [path.name for path in TEMPLATES if elsewhere.search(path.read_text())] == []


@pytest.mark.parametrize(
    "shown",
    [
        "{{ _('<b>%(value)s', value='<i>') }}",
        "{{ '<b><i>'|translated }}",
        "{% trans value='<i>' %}<b>{{ value }}{% endtrans %}",
        "{{ ngettext('<b>%(value)s', '<b>%(value)s', 2, value='<i>') }}",
    ],
)
def test_a_translation_is_text_and_no_markup(config: Config, shown: str) -> None:
    """Whoever translates can't write into the page, nor can what is told in it."""
    with panel_app(config).test_request_context():
        assert render_template_string(shown) == "&lt;b&gt;&lt;i&gt;"


def test_a_page_is_served_in_japanese(config: Config) -> None:
    client = panel_app(config).test_client()
    client.set_cookie("smtp_panel_language", "ja")
    page = client.get("/login").text
    assert '<html lang="ja"' in page
    assert "<h1>ログイン</h1>" in page
