"""Content from functions of the host, whatever they do (SPEC M1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import pytest
from flask_mail import Message

from smtp_panel.schedules.content import NoContent
from smtp_panel.schedules.functions import Functions

pytestmark = pytest.mark.usefixtures("application")


def raises() -> Message:
    """Content that can't be made."""
    raise LookupError("password=hunter2")


def leaves() -> Message:
    """Content whose author takes it for a program of its own."""
    raise SystemExit("password=hunter2")


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        ({}, "no content of the name “sales”. Register it there, or choose another."),
        ({"sales": raises}, "failed with LookupError. The log of the server has more."),
        ({"sales": leaves}, "failed with SystemExit. The log of the server has more."),
        ({"sales": lambda: "Seven."}, "It has to return a Message."),
    ],
)
def test_what_the_application_can_not_give_is_told(
    contents: Mapping[str, Callable[[], Any]], error: str
) -> None:
    """The words of an exception stand in the log alone: they may hold a secret."""
    with pytest.raises(NoContent) as caught:
        Functions().message("sales", contents)
    assert str(caught.value).endswith(error)
    assert "hunter2" not in str(caught.value.sentence)


def test_a_function_that_hangs_is_waited_for_no_longer_and_not_called_again() -> None:
    """M1: its schedule fails and says why, others go on, and it works again once it has ended."""
    message, ends = Message(body="Seven."), Event()
    calls: list[str] = []

    def hangs() -> Message:
        calls.append("hangs")
        ends.wait()
        return message

    functions, patient = Functions(minutes=0), Functions()
    contents = {"hangs": hangs, "sales": lambda: message}
    with pytest.raises(NoContent, match="“hangs” of the application took longer than 0 minutes"):
        functions.message("hangs", contents)
    with pytest.raises(NoContent, match="has not come to an end since an earlier run"):
        functions.message("hangs", contents)
    assert calls == ["hangs"]
    assert patient.message("sales", contents) is message

    ends.set()
    assert patient.message("hangs", contents) is message
