"""Encryption of secrets at rest (SPEC V6)."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, KeyUnavailable, Undecryptable
from smtp_panel.settings.rotation import add_key, drop_old_keys

OLD, NEW = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
PASSWORD = Secret("pässwörd \U0001f510")


def test_it_gives_back_what_it_encrypted() -> None:
    """V6"""
    token = Cipher([NEW]).encrypt("a purpose", PASSWORD)
    assert PASSWORD.reveal() not in token
    assert Cipher([NEW]).decrypt("a purpose", token) == PASSWORD


def test_it_decrypts_under_older_keys_and_encrypts_under_the_newest() -> None:
    """V6: key rotation."""
    token = Cipher([OLD]).encrypt("p", PASSWORD)
    both = Cipher([NEW, OLD])
    assert both.decrypt("p", token) == PASSWORD
    assert Cipher([NEW]).decrypt("p", both.encrypt("p", PASSWORD)) == PASSWORD


def test_it_decrypts_for_the_same_purpose_only() -> None:
    """V6: a token that is moved to another place in the database is of no use there."""
    token = Cipher([NEW]).encrypt("a purpose", PASSWORD)
    with pytest.raises(Undecryptable):
        Cipher([NEW]).decrypt("another purpose", token)


@pytest.mark.parametrize("token", ["", "x", "gAAAAA", "ü", "\0"])
def test_it_says_so_when_a_secret_can_not_be_decrypted(token: str) -> None:
    """V6"""
    with pytest.raises(Undecryptable, match="enter the secret again"):
        Cipher([NEW]).decrypt("p", token)


def test_it_says_so_when_something_else_was_encrypted() -> None:
    """V6"""
    for plain in (b"\xff", b"no purpose"):
        with pytest.raises(Undecryptable):
            Cipher([NEW]).decrypt("p", Fernet(NEW).encrypt(plain).decode())


def test_it_notices_a_token_that_was_tampered_with() -> None:
    """V6: the cipher is authenticated."""
    token = Cipher([NEW]).encrypt("p", PASSWORD)
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with pytest.raises(Undecryptable):
        Cipher([NEW]).decrypt("p", changed)


def test_it_goes_on_without_a_key_as_far_as_it_can() -> None:
    """V6: a lost key breaks nothing else."""
    cipher = Cipher.without_key(KeyUnavailable(Path("/key"), "Permission denied"))
    with pytest.raises(Undecryptable):
        cipher.decrypt("p", Cipher([NEW]).encrypt("p", PASSWORD))
    with pytest.raises(KeyUnavailable, match="/key can't be used: Permission denied"):
        cipher.encrypt("p", PASSWORD)


def test_it_takes_the_keys_of_the_configuration_and_makes_no_file(tmp_path: Path) -> None:
    """V6: the key is no part of the database."""
    config = Config(data_dir=tmp_path, keys=Secret(f"{NEW},{OLD}"))
    token = Cipher([OLD]).encrypt("p", PASSWORD)
    assert Cipher.load(config).decrypt("p", token) == PASSWORD
    assert list(tmp_path.iterdir()) == []


def test_it_makes_a_key_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    """V6"""
    config = Config(data_dir=tmp_path / "data")
    token = Cipher.load(config).encrypt("p", PASSWORD)
    assert Cipher.load(config).decrypt("p", token) == PASSWORD
    assert [path.name for path in config.data_dir.iterdir()] == ["fernet.key"]
    assert stat.S_IMODE((config.data_dir / "fernet.key").stat().st_mode) == 0o600


def test_it_makes_one_key_however_many_start_at_once(tmp_path: Path) -> None:
    """V6"""
    config = Config(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        ciphers = list(pool.map(Cipher.load, [config] * 8))
    token = ciphers[0].encrypt("p", PASSWORD)
    assert all(cipher.decrypt("p", token) == PASSWORD for cipher in ciphers)


def test_it_takes_several_keys_from_the_key_file(tmp_path: Path) -> None:
    """V6: key rotation."""
    (tmp_path / "fernet.key").write_text(f"{NEW}\n{OLD}\n")
    token = Cipher([OLD]).encrypt("p", PASSWORD)
    assert Cipher.load(Config(data_dir=tmp_path)).decrypt("p", token) == PASSWORD


def test_it_encrypts_by_the_newest_key_that_the_file_has_by_then(tmp_path: Path) -> None:
    """V6: else what a panel stores that was not restarted could be read by no key any more."""
    serving = Cipher.load(Config(data_dir=tmp_path))
    add_key(tmp_path / "fernet.key")
    drop_old_keys(tmp_path / "fernet.key")
    token = serving.encrypt("p", PASSWORD)
    assert Cipher.load(Config(data_dir=tmp_path)).decrypt("p", token) == PASSWORD


def test_it_encrypts_nothing_by_a_key_that_is_kept_nowhere_any_more(tmp_path: Path) -> None:
    """V6: what was encrypted before can still be read until the next start."""
    serving = Cipher.load(Config(data_dir=tmp_path))
    token = serving.encrypt("p", PASSWORD)
    (tmp_path / "fernet.key").unlink()
    with pytest.raises(KeyUnavailable, match="No such file"):
        serving.encrypt("p", PASSWORD)
    assert serving.decrypt("p", token) == PASSWORD


@pytest.mark.parametrize("content", [b"", b"\n", b"no-such-key", b"\xff" * 44, b"\0" * 44])
def test_it_says_which_key_file_holds_no_key_but_not_what_it_holds(
    tmp_path: Path, content: bytes
) -> None:
    """V6, F4"""
    path = tmp_path / "fernet.key"
    path.write_bytes(content)
    with pytest.raises(KeyUnavailable, match="holds no Fernet key") as caught:
        Cipher.load(Config(data_dir=tmp_path))
    assert str(path) in str(caught.value)
    assert "no-such-key" not in str(caught.value)
    assert path.read_bytes() == content


def test_it_says_why_the_key_file_can_not_be_read_or_made(tmp_path: Path) -> None:
    """V6"""
    (tmp_path / "fernet.key").mkdir()
    with pytest.raises(KeyUnavailable, match="Is a directory"):
        Cipher.load(Config(data_dir=tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(KeyUnavailable, match="Not a directory"):
        Cipher.load(Config(data_dir=tmp_path / "file"))
