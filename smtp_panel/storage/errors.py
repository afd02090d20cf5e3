"""The ways in which the database can fail, each with its cause and remedy in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from smtp_panel.storage.holder import holder
from smtp_panel.words import N_


class StorageError(Exception):
    """The database can't be used.

    `cause` and `remedy` are texts for translation, and may be shown to anybody. `detail` says where
    the database is and what its driver reported: it is only for those who run the installation.
    """

    def __init__(self, cause: str, remedy: str, detail: str) -> None:
        super().__init__(f"{cause} {remedy} ({detail})")
        self.cause = cause
        self.remedy = remedy
        self.detail = detail


class NewerDatabase(StorageError):
    """The schema of the database is newer than this program."""


# What an operation with a database may raise where it can't be used at the moment.
UNAVAILABLE = (StorageError, DBAPIError, PoolTimeout)

BUSY = (N_("The database is busy."), N_("Try again in a moment."))
# SQLite's name of the error, or how it begins (sqlite.org/rescode.html), or PostgreSQL's code
# (postgresql.org/docs/current/errcodes-appendix.html), to cause and remedy.
ERRORS = (
    # deadlock_detected, serialization_failure, lock_not_available, query_canceled,
    # idle_in_transaction_session_timeout: nothing was written, and once others are done it can be.
    (("40P01", "40001", "55P03", "57014", "25P03"), *BUSY),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        N_("The database is locked by another program."),
        N_(
            "Try again in a moment. If it is still locked then, end the program that keeps it"
            " locked, or let it go on where it was stopped. Nothing that was accepted is lost."
        ),
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM"),
        N_("The database can't be written to."),
        N_("Let the user that SMTP Panel runs as write to the file and to its folder."),
    ),
    (
        ("25006",),  # read_only_sql_transaction
        N_("The database can't be written to."),
        N_(
            "It is read-only, as a standby is after a failover: see that SMTP_PANEL_DATABASE_URL"
            " names the primary server."
        ),
    ),
    (
        ("SQLITE_FULL", "53100"),  # disk_full
        N_("The disk that holds the database is full."),
        N_("Free some space on it; nothing that was saved is lost."),
    ),
    (
        ("SQLITE_CANTOPEN",),
        N_("The database can't be opened."),
        N_("Let the user that SMTP Panel runs as read and write the file and its folder."),
    ),
    (
        ("SQLITE_NOTADB", "SQLITE_CORRUPT"),
        N_("The file of the database is damaged, or is not a SQLite database."),
        N_("Put a backup in its place, or move it away to start with an empty database."),
    ),
    (
        ("SQLITE_IOERR",),
        N_("The disk that holds the database could not be read or written."),
        N_("Look for a full or failing disk in the system's log."),
    ),
)
FAULT = (
    N_("The database refused what the panel wanted to write or to know."),
    N_("This is a fault of the program, and not of the database: report it."),
)
GENERAL = (
    N_("The database can't be used."),
    N_("Check SMTP_PANEL_DATABASE_URL, and that the database server is running."),
)


def location(url: URL) -> str:
    """Where the database is, without a password: the file of SQLite, else the URL."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.render_as_string(hide_password=True)


def storage_error(error: StorageError | DBAPIError | PoolTimeout, url: URL) -> StorageError:
    """`error`, raised by the database at `url`, as a StorageError with its cause and remedy."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, PoolTimeout):
        return StorageError(*BUSY, f"{location(url)}: no connection is free")
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "") or ""
    for names, cause, remedy in ERRORS:
        if code.startswith(names):
            found = holder(url.database or "") if code.startswith("SQLITE_BUSY") else ""
            where = location(url)
            return StorageError(cause, remedy, f"{where}: {found}" if found else where)
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    words = FAULT if isinstance(error, IntegrityError | DataError) else GENERAL
    return StorageError(*words, f"{location(url)}: {lines[0].rstrip('.')}")


def folder_error(error: OSError, url: URL) -> StorageError:
    """The StorageError for `error`, met while making the folder of the database at `url`."""
    return StorageError(
        N_("The folder for the database can't be made."),
        N_("Set SMTP_PANEL_DATA_DIR to a folder that SMTP Panel may write to."),
        f"{location(url)}: {error.strerror or type(error).__name__}",
    )


@contextmanager
def storage_errors(url: URL) -> Iterator[None]:
    """Turn every error of the database in the block into a StorageError."""
    try:
        yield
    except UNAVAILABLE as error:
        raise storage_error(error, url) from error
