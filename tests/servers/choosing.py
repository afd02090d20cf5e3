"""A mail server that keeps to RFC 5321 and RFC 2920, and gives the answers that it is told to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.servers.scripted import ClientLeft, Conversation, UnexpectedLine

YES = "yes"
ANSWERS = {
    YES: "250 2.0.0 ok",
    "at length": "250-2.0.0 yes\r\n250-\r\n250 2.0.0 ok",
    "another yes": "299 why not",
    "later": "451 4.3.0 later",
    "no": "550 5.7.1 no",
    "goodbye": "421 4.3.2 going down",
    "nonsense": "150 wait",
}
SILENT = frozenset({"gone", "taken and gone"})  # the server hangs up, in the second case too late
CHOICES = [*ANSWERS, *SILENT]
GO_AHEAD = "354 go ahead"
DOT = "."
COMMANDS = ("MAIL", "RCPT", "DATA", DOT)


@dataclass
class ChoosingServer:
    """A step for a ScriptedServer: it answers each command as `choices` say, and then yes.

    Each answer goes out in pieces of as many octets as `cuts` say. Where it is `patient`, answers
    wait for all commands that came together. DATA without a recipient gets 354 where it is
    `generous`. `taken` are the messages that it took, the recipients of each with its content.
    """

    choices: Mapping[str, Iterable[str]]
    cuts: Iterable[int]
    patient: bool
    generous: bool
    offers: str = "PIPELINING"
    taken: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._choices = {command: iter(choices) for command, choices in self.choices.items()}
        self._cuts = iter(self.cuts)
        self._unsent = b""
        self._in_transaction = False
        self._recipients: list[str] = []

    def __call__(self, conversation: Conversation) -> None:
        """Serve one connection to its end."""
        self._say(conversation, "220 mail.test.example")
        conversation.line()
        self._say(conversation, f"250-mail.test.example\r\n250 {self.offers}")
        while (line := conversation.line()) != "QUIT":
            if conversation.unread and self.offers != "PIPELINING":
                raise UnexpectedLine("commands are pipelined")
            self._obey(conversation, line)
        self._say(conversation, "221 bye")

    def _obey(self, conversation: Conversation, line: str) -> None:
        verb, _, address = line.partition(":")
        if line == "RSET":
            self._in_transaction = False
            self._say(conversation, "250 ok")
        elif verb == "MAIL FROM" and not self._in_transaction:
            self._recipients = []
            self._in_transaction = self._choose(conversation, "MAIL")
        elif verb == "RCPT TO" and self._in_transaction:
            if self._choose(conversation, "RCPT"):
                self._recipients.append(address[1:-1])
        elif line == "DATA" and (self._recipients or self.generous) and self._in_transaction:
            if self._choose(conversation, "DATA"):
                self._take(conversation)
        elif verb in {"RCPT TO", "DATA"}:
            self._say(conversation, "503 5.5.1 out of order")
        else:
            raise UnexpectedLine(line)

    def _take(self, conversation: Conversation) -> None:
        """Read a content, and take it, or not."""
        lines = []
        while (line := conversation.line()) != ".":
            lines.append(line.removeprefix("."))
        self._in_transaction = False
        message = (tuple(self._recipients), "\r\n".join(lines))
        if not self._recipients:
            self._say(conversation, "554 5.5.1 no valid recipients")
        elif self._choose(conversation, DOT, message):
            self.taken.append(message)

    def _choose(
        self,
        conversation: Conversation,
        command: str,
        message: tuple[tuple[str, ...], str] | None = None,
    ) -> bool:
        """Answer as the next choice says; whether that was a yes."""
        choice = next(self._choices[command], YES)
        if choice in SILENT:
            if message and choice == "taken and gone":
                self.taken.append(message)
            raise ClientLeft
        words = ANSWERS[choice]
        agreed = words.startswith("2")
        self._say(conversation, GO_AHEAD if agreed and command == "DATA" else words)
        if choice == "goodbye":
            self._flush(conversation)
            raise ClientLeft
        return agreed

    def _say(self, conversation: Conversation, words: str) -> None:
        self._unsent += f"{words}\r\n".encode()
        if not (self.patient and b"\n" in conversation.unread):
            self._flush(conversation)

    def _flush(self, conversation: Conversation) -> None:
        while self._unsent:
            cut = next(self._cuts, len(self._unsent))
            conversation.send(self._unsent[:cut])
            self._unsent = self._unsent[cut:]
