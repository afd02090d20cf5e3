"""What can be wrong with the database, in words for whoever runs the installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from smtp_panel.words import N_


class StorageError(Exception):
    """The database can't be used. `cause` and `remedy` are texts for translation over `params`."""

    def __init__(self, cause: str, remedy: str, params: Mapping[str, str]) -> None:
        super().__init__(f"{cause % params} {remedy % params}")
        self.cause = cause
        self.remedy = remedy
        self.params = params


class NewerDatabase(StorageError):
    """The database belongs to a newer version of the program."""


# SQLite's name of the error, or how it begins, to cause and remedy (sqlite.org/rescode.html).
CAUSES = (
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        N_("The database %(place)s is locked by another program."),
        N_("Try again in a moment. If it stays so, end the program that keeps it open."),
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM"),
        N_("The database %(place)s can't be written to."),
        N_("Let the user that SMTP Panel runs as write to the file and to its folder."),
    ),
    (
        ("SQLITE_FULL",),
        N_("The disk that holds the database %(place)s is full."),
        N_("Free some space on it; nothing that was saved is lost."),
    ),
    (
        ("SQLITE_CANTOPEN",),
        N_("The database %(place)s can't be opened."),
        N_("Let the user that SMTP Panel runs as read and write the file and its folder."),
    ),
    (
        ("SQLITE_NOTADB", "SQLITE_CORRUPT"),
        N_("The file %(place)s is damaged, or is no SQLite database."),
        N_("Put a backup in its place, or move it away to start with an empty database."),
    ),
    (
        ("SQLITE_IOERR",),
        N_("The disk that holds the database %(place)s could not be read or written."),
        N_("Look for a full or failing disk in the system's log."),
    ),
)
GENERAL = (
    N_("The database %(place)s can't be used: %(error)s."),
    N_("Look at SMTP_PANEL_DATABASE_URL, and whether the database server is running."),
)


def place(url: URL) -> str:
    """Where the database is, without a password: the file of SQLite, else the URL."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return url.render_as_string(hide_password=True)


def explain(error: DBAPIError, url: URL) -> StorageError:
    """Say what `error`, met at the database at `url`, means and what to do about it."""
    code = getattr(error.orig, "sqlite_errorname", "")
    for names, cause, remedy in CAUSES:
        if code.startswith(names):
            return StorageError(cause, remedy, {"place": place(url)})
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return StorageError(*GENERAL, {"place": place(url), "error": lines[0].rstrip(".")})


def folder_error(error: OSError, url: URL) -> StorageError:
    """Say that the folder of the database at `url` could not be made."""
    return StorageError(
        N_("The folder for the database %(place)s can't be made: %(error)s."),
        N_("Set SMTP_PANEL_DATA_DIR to a folder that SMTP Panel may write to."),
        {"place": place(url), "error": error.strerror or type(error).__name__},
    )


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Raise what goes wrong with the database inside as StorageError."""
    try:
        yield
    except DBAPIError as error:
        raise explain(error, url) from error
