"""The record of a conversation, without its secrets."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from smtp_panel.secret import Secret

MASK = "***"
WHOLE_WORD_BELOW = 6  # characters; a shorter secret is looked for as a word
LONG_ENOUGH = 8  # octets
HEAD = 64  # characters
LINES_KEPT = 400
LINE_KEPT = 1000  # characters


class Redactor:
    """Replaces secrets by `***`, in plain, base64 and URL form, whatever their case.

    It is for what servers say. What a person `typed` in the open, such as a user name or the name
    for EHLO, stays as it is wherever a server repeats it, though it holds a secret: else whoever
    tries guesses there would learn that one was right. Servers speak of parts alone, so those count
    by themselves as well: before and behind the @ of an address, and each word of a list.
    """

    def __init__(self, secrets: Iterable[Secret] = (), typed: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._typed = tuple(typed)
        self.learn(secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """Replace `secrets` as well from now on."""
        self._forms |= {form for secret in secrets if secret for form in _forms(secret.reveal())}
        if self._forms:
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_expression, longest_first)), re.IGNORECASE)

    def __call__(self, text: str, typed: Iterable[str] = ()) -> str:
        """`text` without secrets; what else was `typed` in the open stays in it as well."""
        if self._pattern is None or self._pattern.search(text) is None:
            return text
        words = {part for each in (*self._typed, *typed) for part in _parts(each) if part}
        spared = (re.compile(re.escape(word), re.IGNORECASE) for word in words)
        found = sorted(match.span() for word in spared for match in word.finditer(text))
        later, end = iter([*found, (len(text) + 1, 0)]), 0
        begin, until = next(later)

        def masked(secret: re.Match[str]) -> str:
            """What stands for one, of which each is behind the one before."""
            nonlocal begin, until, end
            while begin <= secret.start():  # the end of those that begin no later
                end = max(end, until)
                begin, until = next(later)
            return secret[0] if secret.end() <= end else MASK

        return self._pattern.sub(masked, text)


def _parts(typed: str) -> list[str]:
    return [typed, *re.split(r"[@\s]", typed)]


def _expression(form: str) -> str:
    """A short form counts as a whole word only: a part of another would be met by chance.

    A long form is known by its head; what follows of its characters is taken for the rest. To
    compile the whole of a token would take half a second.
    """
    if len(form) < WHOLE_WORD_BELOW:
        before, after = (r"\b" if re.match(r"\w", end) else "" for end in (form[0], form[-1]))
        return f"{before}{re.escape(form)}{after}"
    if len(form) <= HEAD:
        return re.escape(form)
    return f"{re.escape(form[:HEAD])}[{re.escape(''.join(sorted(set(form))))}]*"


def _forms(secret: str) -> set[str]:
    octets = secret.encode(errors="surrogatepass")  # what a broken environment holds
    encoded = base64.b64encode(octets).decode()
    misread = octets.decode("latin-1")  # as a line is that is not UTF-8 elsewhere
    urls = {quote(octets), quote(octets, safe=""), quote_plus(octets)}
    return {secret, misread, encoded, encoded.rstrip("="), *urls, *_inside_base64(octets)}


def _inside_base64(octets: bytes) -> set[str]:
    """What base64 makes of the octets alone where more is encoded before and after them.

    Of short secrets it would be so little that it hides what is none.
    """
    if len(octets) < LONG_ENOUGH:
        return set()
    starts = {0: 0, 1: 2, 2: 3}  # octets before, and characters that depend on them
    return {
        base64.b64encode(bytes(before) + octets).decode()[start : (before + len(octets)) * 8 // 6]
        for before, start in starts.items()
    }


class Transcript:
    """What both sides said: `C:` for us, `S:` for the server, `*` for what happened below SMTP.

    Long lines are cut and only the first 400 lines are kept, so that a talkative server costs
    little. What the server says is recorded as `redact` leaves it; what we say never held a secret.
    """

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self._typed: tuple[str, ...] = ()
        self._lines: list[tuple[str, str]] = []
        self._left_out = 0

    def sent(self, line: str) -> None:
        """Record a command of ours, with MASK in the place of what is secret."""
        self._add("C: ", line)

    def never_mask(self, typed: Iterable[str]) -> None:
        """Leave the texts in `typed`, which are no secrets, as they are from now on."""
        self._typed = (*self._typed, *typed)

    def received(self, line: str) -> str:
        """Record a line of the server's; returns it with its secrets removed."""
        redacted = self._redact(line, self._typed)
        self._add("S: ", redacted)
        return redacted

    def noted(self, event: str) -> None:
        """Record what happened below SMTP, such as a connection or a TLS handshake."""
        self._add("*  ", event)

    def __str__(self) -> str:
        more = [f"*  {self._left_out} more lines left out"] if self._left_out else []
        return "\n".join([*(who + _shown(line) for who, line in self._lines), *more])

    def _add(self, who: str, line: str) -> None:
        if len(self._lines) >= LINES_KEPT:
            self._left_out += 1
        else:
            self._lines.append((who, line[: LINE_KEPT + 1]))


def _shown(line: str) -> str:
    kept = line if len(line) <= LINE_KEPT else f"{line[:LINE_KEPT]} ..."
    if kept.isprintable():
        return kept
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in kept)
