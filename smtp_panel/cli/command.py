"""How commands answer: in sentences, or with --json in JSON, also when they fail."""

from __future__ import annotations

import datetime
import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from click.exceptions import Exit
from flask.cli import AppGroup

from smtp_panel.cli.exits import INTERRUPTED, MAIL_FAILS
from smtp_panel.cli.options import BadOptions, WrongOption

MOST = 1000  # entries of a list that are printed at once
AS_JSON = "smtp_panel.as_json"

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
most_option = click.option(
    "--most",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many to print.",
)


class JsonGroup(AppGroup):
    """Commands that with --json print one object on standard output: their result or errors."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context in which `args` are read."""
        _open_streams()
        as_json = "--json" in args
        with _told(as_json=as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[AS_JSON] = as_json
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Read the rest, and run the command that it names."""
        with _told(as_json=ctx.meta[AS_JSON]):
            return super().invoke(ctx)


@contextmanager
def ending() -> Iterator[Callable[[], None]]:
    """What waits for SIGTERM or SIGINT, for a command that goes on until then and finishes.

    The kernel gives a signal to any thread, where the process was stopped as it came. That writes a
    byte, whichever it is; a handler runs in the main thread alone, which it does not wake.
    """
    heeded = signal.SIGTERM, signal.SIGINT
    reader, writer = socket.socketpair()

    def wait() -> None:
        while reader.recv(1)[0] not in heeded:
            pass

    with reader, writer:
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno())
        try:
            for number in heeded:
                signal.signal(number, lambda *_: None)
            yield wait
        finally:
            signal.set_wakeup_fd(before)


def say(sentence: str, *, as_json: bool, **facts: object) -> None:
    """Print that a command is done: a sentence, or with --json the `facts` of it."""
    if as_json:
        print_json({"ok": True, **facts})
    else:
        click.echo(sentence)


def print_json(facts: Mapping[str, object]) -> None:
    """Print an object on one line, a moment in it as RFC 3339 has it."""
    click.echo(json.dumps(facts, default=datetime.datetime.isoformat))


def stamp(moment: datetime.datetime) -> str:
    """A moment in a line of a list, in UTC to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _open_streams() -> None:
    """Let a stream that whoever started the process has closed be as good as /dev/null."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        raise Exit(INTERRUPTED) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"The output is not complete: {error.strerror}.", err=True)
        raise Exit(MAIL_FAILS) from error
    except click.ClickException as error:
        if not as_json:
            raise
        print_json({"ok": False, "errors": _errors(error)})
        raise Exit(error.exit_code) from error


def _errors(error: click.ClickException) -> dict[str, Any]:
    """What is wrong, by field; `usage` and `panel` stand for the command line and the panel."""
    if isinstance(error, BadOptions):
        return {name: asdict(each) for name, each in error.errors.items()}
    name = "usage" if isinstance(error, click.UsageError) else "panel"
    return {name: asdict(WrongOption(None, error.format_message()))}
