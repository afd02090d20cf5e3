"""The files that variables name in place of holding a text themselves."""

from __future__ import annotations

from pathlib import Path

from smtp_panel.config.error import ConfigError

LARGEST_FILE = 65536  # bytes


def content_of(name: str, path: Path) -> str:
    """The text of the file that the variable `name` names, without the line end at its end.

    Raises ConfigError where it can't be read, is no UTF-8 or larger than LARGEST_FILE.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        raise ConfigError(
            name, f"names a file that can't be read ({reason}): {str(path)!r}."
        ) from error
    if len(content) > LARGEST_FILE:
        raise ConfigError(name, f"names a file that is too large: {str(path)!r}.")
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # The error holds what the file holds, so it is not chained.
        raise ConfigError(name, f"names a file that is not UTF-8 text: {str(path)!r}.") from None
