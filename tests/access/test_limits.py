"""SPEC section 6: how often one may save, test and sign in."""

from __future__ import annotations

import resource
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from smtp_panel.access import limits
from smtp_panel.access.limits import LimitReached, LimitsUnavailable, charge, charge_actor
from smtp_panel.audit import Actor
from smtp_panel.config import Config, ConfigError
from tests.access.conftest import Clock
from tests.forked import PROCESSES


def panel(data_dir: Path, clock: Callable[[], float] = time.time, **settings: Any) -> Flask:
    app = Flask("panel")
    limits.init_app(app, Config(data_dir=data_dir, **settings), clock)
    return app


def attempts(app: Flask, key: str, number: int, kind: limits.AttemptKind = "test") -> int:
    """How many of `number` attempts get through."""
    passed = 0
    with app.app_context():
        for _ in range(number):
            try:
                charge(kind, key)
            except LimitReached:
                continue
            passed += 1
    return passed


def wait_told(app: Flask, key: str, kind: limits.AttemptKind = "test") -> int:
    with app.app_context(), pytest.raises(LimitReached) as caught:
        charge(kind, key)
    return caught.value.retry_after


def test_the_defaults_are_ten_saves_and_six_tests_a_minute(tmp_path: Path, clock: Clock) -> None:
    """L1: 10 saves and 6 tests a minute for an admin."""
    app = panel(tmp_path, clock)
    assert attempts(app, "ada", 20, "save") == 10
    assert attempts(app, "ada", 20, "test") == 6
    assert attempts(app, "ada", 20, "login") == 10


def test_sixty_an_hour_is_the_most_for_one_admin(tmp_path: Path, clock: Clock) -> None:
    """L1: 60 of each an hour."""
    app = panel(tmp_path, clock)
    passed = 0
    for _ in range(30):
        passed += attempts(app, "ada", 7, "save")
        clock.now += 61
    assert passed == 60


def test_everybody_together_may_do_three_times_what_one_admin_may(
    tmp_path: Path, clock: Clock
) -> None:
    """L1: the installation as a whole."""
    app = panel(tmp_path, clock)
    assert [attempts(app, admin, 9) for admin in ("ada", "bob", "cy", "dee")] == [6, 6, 6, 0]
    assert wait_told(app, "dee") == 60


def test_a_key_counts_beside_accounts_and_with_them(tmp_path: Path) -> None:
    """L1: for itself, and for the installation as a whole; only the command line has no limit."""
    app = panel(tmp_path, test_limit="1 per minute", test_limit_all="3 per minute")
    ada, billing, shop = Actor("ada", user_id=1), Actor("1", key_id="1"), Actor("1", key_id="2")

    def passes(by: Actor) -> bool:
        try:
            charge_actor("test", by)
        except LimitReached:
            return False
        return True

    with app.app_context():
        assert [passes(by) for by in (billing, billing, ada, shop)] == [True, False, True, True]
        assert not passes(Actor("third", key_id="3"))
        assert all(passes(Actor("command line")) for _ in range(9))


def test_what_everybody_together_may_do_can_be_stated(tmp_path: Path, clock: Clock) -> None:
    """L1: all configurable."""
    app = panel(tmp_path, clock, test_limit_all="7 per minute; 9 per hour", save_limit_all="1/hour")
    assert [attempts(app, admin, 9) for admin in ("ada", "bob", "cy")] == [6, 1, 0]
    clock.now += 60
    assert [attempts(app, admin, 9) for admin in ("cy", "ada")] == [2, 0]
    assert [attempts(app, admin, 2, "save") for admin in ("ada", "bob")] == [1, 0]
    assert attempts(app, "ada", 20, "login") == 10


def test_signing_in_has_no_budget_of_the_installation(tmp_path: Path, clock: Clock) -> None:
    """L4: no stranger can lock the admins out."""
    app = panel(tmp_path, clock)
    assert [attempts(app, f"address {n}", 12, "login") for n in range(10)] == [10] * 10


def test_of_two_keys_neither_is_charged_where_one_has_no_more(tmp_path: Path, clock: Clock) -> None:
    """L4: an address that is refused uses up no account's attempts."""
    app = panel(tmp_path, clock)
    assert attempts(app, "address", 20, "login") == 10
    with app.app_context():
        for _ in range(20):
            with pytest.raises(LimitReached):
                charge("login", "address", "account")
    assert attempts(app, "account", 20, "login") == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:1:2:3:4", "2001:db8::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_who_counts_as_one_visitor(address: str, network: str) -> None:
    """L4."""
    assert limits.network_of(address) == network


def test_save_test_and_sign_in_have_budgets_of_their_own(tmp_path: Path, clock: Clock) -> None:
    """L1."""
    app = panel(tmp_path, clock, save_limit="1 per hour", test_limit="1 per hour")
    assert attempts(app, "ada", 3, "test") == 1
    assert attempts(app, "ada", 3, "save") == 1


def test_retry_after_is_when_the_next_attempt_passes(tmp_path: Path, clock: Clock) -> None:
    """L1, L2: whole seconds, at least one, and true."""
    app = panel(tmp_path, clock)
    assert attempts(app, "ada", 6) == 6
    clock.now += 10.5
    wait = wait_told(app, "ada")
    assert wait == 50
    clock.now += wait - 1
    assert wait_told(app, "ada") == 1
    clock.now += 1
    assert attempts(app, "ada", 1) == 1


def test_retry_after_is_that_of_the_window_that_is_full_the_longest(
    tmp_path: Path, clock: Clock
) -> None:
    """L1: two windows full at once."""
    app = panel(tmp_path, clock, test_limit="2 per minute; 2 per hour")
    assert attempts(app, "ada", 2) == 2
    assert wait_told(app, "ada") == 3600


def test_the_window_moves(tmp_path: Path, clock: Clock) -> None:
    """L1: no double share around a full minute."""
    app = panel(tmp_path, clock)
    clock.now += 55
    assert attempts(app, "ada", 6) == 6
    clock.now += 10
    assert attempts(app, "ada", 6) == 0


def test_a_refused_attempt_is_charged_to_nobody(tmp_path: Path, clock: Clock) -> None:
    """L1: knocking on does not lengthen the wait, nor use up what others may do."""
    app = panel(tmp_path, clock)
    assert attempts(app, "ada", 500) == 6
    clock.now += 60
    assert attempts(app, "ada", 6) == 6
    assert attempts(app, "bob", 6) == 6
    assert attempts(app, "cy", 6) == 6


def test_a_restart_does_not_reset_the_count(tmp_path: Path, clock: Clock) -> None:
    """L1."""
    assert attempts(panel(tmp_path, clock), "ada", 4) == 4
    assert attempts(panel(tmp_path, clock), "ada", 9) == 2


def try_in_process(data_dir: Path, number: int) -> int:
    return attempts(panel(data_dir), "ada", number)


def test_parallel_processes_share_the_count(tmp_path: Path) -> None:
    """L1: over all processes, and parallel requests can't slip through."""
    with PROCESSES.Pool(8) as pool:
        passed = pool.starmap(try_in_process, [(tmp_path, 5)] * 8, chunksize=1)
    assert sum(passed) == 6


def test_parallel_threads_share_the_count(tmp_path: Path) -> None:
    """L1."""
    app = panel(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: attempts(app, "ada", 5), range(8)))
    assert sum(passed) == 6


@pytest.mark.parametrize("key", ["", " ", "\n"])
def test_a_key_is_never_empty(tmp_path: Path, key: str) -> None:
    """L1: an empty key would be shared, or skip the limit."""
    app = panel(tmp_path)
    with app.app_context(), pytest.raises(ValueError, match="not empty"):
        charge("test", key)


@pytest.mark.parametrize("key", ["a/b", "日本", "x" * 100_000, "%s'; --", "\ud800"])
def test_any_other_key_counts(tmp_path: Path, clock: Clock, key: str) -> None:
    """L1."""
    app = panel(tmp_path, clock)
    assert attempts(app, key, 7) == 6
    assert attempts(app, "ada", 6) == 6


@pytest.mark.parametrize(
    "text", ["", " ", "6", "6 per", "six per minute", "0 per minute", "6 per x"]
)
@pytest.mark.parametrize("name", ["save_limit", "test_limit", "login_limit"])
def test_a_malformed_limit_is_refused_at_start(tmp_path: Path, name: str, text: str) -> None:
    """L1: it would be no limit at all."""
    with pytest.raises(ConfigError, match=rf"SMTP_PANEL_{name.upper()} .*write limits such as"):
        panel(tmp_path, time.time, **{name: text})


def test_the_file_holds_no_name_and_does_not_grow(tmp_path: Path, clock: Clock) -> None:
    """L1: old attempts are forgotten."""
    app = panel(tmp_path, clock)
    for visitor in range(150):
        attempts(app, f"visitor-{visitor}", 1, "login")
        clock.now += 120
    with closing(sqlite3.connect(tmp_path / "limits.db")) as connection:
        assert connection.execute("SELECT count(*) FROM hits").fetchone()[0] < 70
        assert "visitor" not in "".join(connection.iterdump())


def test_a_clock_set_back_locks_nobody_out(tmp_path: Path, clock: Clock) -> None:
    """L1: attempts from the future are forgotten."""
    app = panel(tmp_path, clock)
    assert attempts(app, "ada", 6) == 6
    clock.now -= 30 * 24 * 3600
    assert attempts(app, "ada", 6) == 6


def test_a_file_that_is_no_database_lets_nobody_through(tmp_path: Path) -> None:
    """L1: uncounted is unlimited; the sentence says what to do."""
    (tmp_path / "limits.db").write_bytes(b"no database" * 1000)
    app = panel(tmp_path)
    with app.app_context(), pytest.raises(LimitsUnavailable, match=r"delete it.*limits\.db"):
        charge("test", "ada")


def test_a_file_that_is_deleted_is_made_anew(tmp_path: Path) -> None:
    """L1: following the advice helps, without a restart."""
    app = panel(tmp_path)
    assert attempts(app, "ada", 6) == 6
    for file in tmp_path.glob("limits.db*"):
        file.unlink()
    assert attempts(app, "ada", 6) == 6


def attempts_on_a_full_disk(data_dir: Path) -> list[str]:
    """The file may not grow beyond what it is, as on a full disk."""
    app = panel(data_dir, login_limit="100 per minute")
    attempts(app, "ada", 1, "login")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
    with app.app_context():
        try:
            charge("login", "ada")
        except LimitsUnavailable as error:
            return [str(error)]
    return []


def test_a_full_disk_lets_nobody_through(tmp_path: Path) -> None:
    """L1: never uncounted."""
    with PROCESSES.Pool(1) as pool:
        told = pool.apply(attempts_on_a_full_disk, (tmp_path,))
    assert told
    assert "disk has space" in told[0]


def test_a_locked_file_lets_nobody_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: another program holds the file."""
    monkeypatch.setattr("smtp_panel.access.limit_storage.LOCK_SECONDS", 0.0)
    app = panel(tmp_path)
    attempts(app, "ada", 1)
    with closing(sqlite3.connect(tmp_path / "limits.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with app.app_context(), pytest.raises(LimitsUnavailable, match="locked"):
            charge("test", "ada")


def test_counting_costs_other_pages_nothing(tmp_path: Path) -> None:
    """W7: the extension adds nothing to a request that is not counted."""
    app = panel(tmp_path)
    assert not app.before_request_funcs
    assert not app.after_request_funcs
    assert not app.teardown_request_funcs
