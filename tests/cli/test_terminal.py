"""The ladder in a terminal, and in a pipe (A6, T4, T6, T9)."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper

import pytest

from smtp_panel.cli.terminal import CLEAR, Terminal, forgiving, language_of, pad, width, wrapped
from tests.cli.conftest import LOGIN, STDIN, Command, at
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import expect, greet
from tests.web.conftest import Panel

REFUSAL = "535 5.7.8 Error: authentication failed: " + "the reason is a long one " * 8


class Tty(StringIO):
    """What looks like a terminal to those who write to it."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_a_step_has_a_state_a_name_a_time_and_what_was_met(
    smtp: Command, smtpd: StartSmtpd
) -> None:
    """T4, T9: a state is a symbol and a word; in a pipe it is plain text."""
    ran = smtp("check", *at(smtpd("none"), *LOGIN), stdin=STDIN)
    assert ran.code == 0
    words = [line.split() for line in ran.lines]
    assert words[0][:3] == ["✓", "Passed", "Resolve"]
    assert words[0][-2:] == ["ms", "127.0.0.1"]
    assert ["!" if "unprotected" in line else "" for line in ran.lines].count("!") <= 1
    assert any(line.startswith("- Skipped  TLS") for line in ran.lines)
    assert ran.lines[-1] == "The mail server is ready to take mail."
    assert ran.stdout.isprintable() or "\x1b" not in ran.stdout


def test_a_failure_tells_why_and_what_to_change(smtp: Command, scripted: StartScripted) -> None:
    """T6: cause, remedy, the server's words, the option; in 80 columns."""
    server = scripted([greet("AUTH PLAIN"), expect("AUTH", REFUSAL), expect("QUIT", "221 bye")])
    ran = smtp("check", *at(server, *LOGIN), stdin=STDIN)
    assert ran.code == 1
    assert any(line.startswith("✗ Failed   Authenticate") for line in ran.lines)
    text = " ".join(ran.stdout.split())
    assert "The mail server can't be used with these settings." in text
    assert "The server said: 535 5.7.8 Error" in text
    assert "Field to change: Password (--password-stdin)" in text
    assert max(map(len, ran.lines)) <= 80


def test_a_japanese_terminal_is_answered_in_japanese(
    smtp: Command, scripted: StartScripted
) -> None:
    """A6: by its locale; columns stay columns, though characters are wide."""
    script = [greet("AUTH PLAIN"), expect("AUTH", REFUSAL), expect("QUIT", "221 bye")]
    ran = smtp("check", *at(scripted(script), *LOGIN), stdin=STDIN, LANG="ja_JP.UTF-8")
    assert "この設定ではメールサーバーを使用できません。" in ran.stdout
    assert "変更する項目: パスワード (--password-stdin)" in ran.stdout
    assert max(map(width, ran.lines)) <= 80
    times = {width(line[: line.index(" ms")]) for line in ran.lines if " ms" in line}
    assert len(times) == 1
    wrong = smtp("check", "--server", "x", "--port", "0", LANG="ja_JP.UTF-8")
    assert "ポート" in wrong.stderr


def test_what_the_panel_does_is_told_in_japanese_too(panel: Panel) -> None:
    """A6: what is done, and what can't be."""
    smtp, japanese = Command(panel.app), {"LANG": "ja_JP.UTF-8"}
    assert smtp("pause", **japanese).lines == ["`smtp resume` を実行するまで何も送信しません。"]
    assert smtp("queue", **japanese).lines[-1] == "待機中 0 件。"
    refused = smtp("cancel", "0" * 32, "--json", **japanese).json["errors"]["panel"]["message"]
    assert refused.startswith("送信トレイにメッセージ")


def test_the_transcript_follows_where_it_is_asked_for(smtp: Command, smtpd: StartSmtpd) -> None:
    """T7."""
    ran = smtp("check", *at(smtpd("none"), *LOGIN), "--verbose", stdin=STDIN)
    assert "  C: AUTH PLAIN ***" in ran.lines
    assert ran.lines.index("Transcript") > ran.lines.index("The mail server is ready to take mail.")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
    ],
)
def test_the_locale_chooses_the_language(environ: dict[str, str], language: str) -> None:
    """POSIX, section 8.2."""
    assert language_of(environ) == language


@pytest.mark.parametrize(
    ("environ", "colours", "clears"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], colours: bool, clears: bool
) -> None:
    """https://no-color.org"""
    terminal = Terminal.of(Tty(), environ)
    assert (terminal.colours, terminal.clears) == (colours, clears)
    assert ("\x1b" in terminal.styled("x", fg="red")) is colours


def test_an_encoding_that_lacks_a_character_is_no_trouble() -> None:
    """A6."""
    octets = BytesIO()
    stream = forgiving(TextIOWrapper(octets, "ascii"))
    print("✓ ok", file=stream, flush=True)
    assert octets.getvalue() == b"? ok\n"


def test_a_pipe_gets_no_colour_and_no_draft() -> None:
    """A6."""
    stream = StringIO()
    terminal = Terminal.of(stream, {"TERM": "xterm"})
    terminal.draft("running")
    terminal.line(terminal.styled("done", fg="red"))
    assert stream.getvalue() == "done\n"


def test_a_line_takes_the_place_of_its_draft() -> None:
    """T4: what runs is seen before it has ended."""
    stream = Tty()
    terminal = Terminal(stream, clears=True)
    terminal.draft("running")
    terminal.line("done")
    assert stream.getvalue() == f"{CLEAR}running{CLEAR}done\n"


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("a" * 10, 4, ["aaaa", "aaaa", "aa"]),
        ("サーバーが", 6, ["サーバ", "ーが"]),
        ("拒否しました。", 12, ["拒否しまし", "た。"]),
        ("「a b」c", 80, ["「a b」c"]),
        ("bell\x07 tab\tline\nend", 80, ["bell  tab line end"]),
        ("", 80, [""]),
    ],
)
def test_text_is_wrapped_by_columns(text: str, columns: int, lines: list[str]) -> None:
    """Unicode Standard Annex 11: some characters take two."""
    assert wrapped(text, columns) == lines
    assert all(width(line) <= columns for line in lines)


def test_wide_text_is_padded_by_columns() -> None:
    """Unicode Standard Annex 11."""
    assert pad("接続", 6) == "接続  "
    assert width("e\N{COMBINING ACUTE ACCENT}接") == 3
