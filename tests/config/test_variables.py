"""Configuration: every variable of section 11, refused at start where it is bad."""

from __future__ import annotations

import base64
import re
import traceback
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtp_panel.config import PREFIX, Config, ConfigError, unknown_variables
from smtp_panel.secret import Secret

KEY = base64.urlsafe_b64encode(bytes(32)).decode()
SECRETS = [variable.name for variable in Config.variables() if variable.secret]
ROOT = Path(__file__).parents[2]
SWITCHED = re.compile(PREFIX + r"([A-Z_]+)=(on|off|yes|no|true|false|[0-9]+)\b(?![./])")
FEW = 3


def read(**values: str) -> Config:
    return Config.from_environ({PREFIX + name: value for name, value in values.items()})


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Config.from_environ({}) == Config()


def test_what_the_panel_tells_an_operator_to_set_can_be_set() -> None:
    """Section 11: on its pages, on the command line and in its documents."""
    deployed = filter(Path.is_file, (ROOT / "deploy").iterdir())
    texts = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *deployed]
    texts += [*(ROOT / "smtp_panel").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    told = {each for file in texts for each in SWITCHED.findall(file.read_text())}
    assert len(told) > FEW
    for name, value in told:
        read(**{name: value})


def test_variables_of_others_are_let_alone() -> None:
    assert Config.from_environ({"PATH": "/bin", "SMTP_SERVER": "x"}) == Config()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DATA_DIR", "/var/lib/panel", Path("/var/lib/panel")),
        ("DATABASE_URL", "postgresql://ada:pw@db/panel", Secret("postgresql://ada:pw@db/panel")),
        ("REDIS_URL", "redis://cache:6379/0", Secret("redis://cache:6379/0")),
        ("SECRET_KEY", f"{'x' * 32}, {'y' * 32}", Secret(f"{'x' * 32},{'y' * 32}")),
        ("URL", "https://panel.example.com/", "https://panel.example.com"),
        ("URL", "http://192.0.2.1:8000/mail", "http://192.0.2.1:8000/mail"),
        ("KEYS", f"{KEY} , {KEY}", Secret(f"{KEY},{KEY}")),
        ("DEFAULT_URL", "smtp://u:p%40@m.example:587", Secret("smtp://u:p%40@m.example:587")),
        ("DEFAULT_FROM", "Panel <no-reply@m.example>", "Panel <no-reply@m.example>"),
        ("SANDBOX", "on", True),
        ("SANDBOX", "off", False),
        ("SANDBOX_PORT", "2525", 2525),
        ("HOSTING", "gcp", "gcp"),
        ("SAVE_LIMIT", "1 per second; 30/hour", "1 per second; 30/hour"),
        ("TEST_LIMIT_ALL", "9 per minute", "9 per minute"),
        ("SAVE_LIMIT_ALL", " ", ""),
        ("TEST_TIMEOUT", "2.5", 2.5),
        ("TEST_POOL", "8", 8),
        ("BLOCK_PRIVATE", "on", True),
        ("ALLOWED_PORTS", "25, 465,587", (25, 465, 587)),
        ("ALLOWED_PORTS", "", ()),
        ("SESSION_HOURS", "1", 1),
        ("TRUSTED_PROXIES", "::ffff:10.0.0.0/104", (ip_network("10.0.0.0/8"),)),
        ("PROXY_COUNT", "2", 2),
        ("PROXY_USER_HEADER", "X-Forwarded-User", "X-Forwarded-User"),
        ("PROXY_GROUPS_SEPARATOR", "|", "|"),
        ("PROXY_LOGOUT_URL", "/oauth2/sign_out", "/oauth2/sign_out"),
        ("PROXY_LOGOUT_URL", "https://a.example/out?x=1", "https://a.example/out?x=1"),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8, ::1",
            (ip_network("10.0.0.0/8"), ip_network("::1/128")),
        ),
        (
            "EGRESS_IPS",
            "203.0.113.7, 2001:db8::/64",
            (ip_address("203.0.113.7"), ip_network("2001:db8::/64")),
        ),
        (
            "DNS",
            "127.0.0.1:5353, [::1]:5353, [::1]",
            (("127.0.0.1", 5353), ("::1", 5353), ("::1", 53)),
        ),
        ("DNS", "192.0.2.53", (("192.0.2.53", 53),)),
        ("EHLO_NAME", "mail.example", "mail.example"),
        ("EHLO_NAME", "[192.0.2.7]", "[192.0.2.7]"),
        ("NODE", " web-1 ", "web-1"),
        ("PORT", "465", "465"),
        ("USERNAME", "", ""),
        ("PASSWORD", " kept as it is ", Secret(" kept as it is ")),
    ],
)
def test_a_good_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(read(**{name: text}), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATA_DIR", ""),
        ("DATABASE_URL", "mysql://db/panel"),
        ("DATABASE_URL", "panel.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///file:panel?mode=memory&uri=true"),
        ("REDIS_URL", "cache:6379"),
        ("KEYS", "too short"),
        ("KEYS", KEY[:-1] + "A"),
        ("DEFAULT_URL", "mail.example:587"),
        ("DEFAULT_URL", "smtp://"),
        ("DEFAULT_URL", "smtp://u:p@m.example:99999"),
        ("DEFAULT_URL", "smtp://u:p@[m.example"),
        ("DEFAULT_URL", "smtp://u:half#way@m.example"),
        ("DEFAULT_FROM", "a@b.example\r\nBcc: c@d.example"),
        ("SANDBOX", "yes"),
        ("SANDBOX_PORT", "65536"),
        ("SANDBOX_PORT", "+25"),
        ("SANDBOX_PORT", "²"),
        ("HOSTING", "GCP"),
        ("SAVE_LIMIT", ""),
        ("TEST_LIMIT", "six a minute"),
        ("TEST_LIMIT", "6 per minute; lots"),
        ("LOGIN_LIMIT", "0 per minute"),
        ("TEST_LIMIT_ALL", "lots"),
        ("EGRESS_IPS", "mail.example"),
        ("TEST_TIMEOUT", "0.5"),
        ("TEST_TIMEOUT", "nan"),
        ("TEST_TIMEOUT", "inf"),
        ("TEST_TIMEOUT", ""),
        ("TEST_POOL", "0"),
        ("BLOCK_PRIVATE", "yes"),
        ("ALLOWED_PORTS", "25;465"),
        ("ALLOWED_PORTS", "0"),
        ("ALLOWED_PORTS", "65536"),
        ("ALLOWED_PORTS", "²"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("NODE", "n" * 256),
        ("PROXY_COUNT", "0"),
        ("PROXY_USER_HEADER", "Remote_User"),
        ("PROXY_USER_HEADER", "Remote-User: boss"),
        ("PROXY_GROUPS_SEPARATOR", ""),
        ("PROXY_GROUPS_SEPARATOR", "||"),
        ("PROXY_LOGOUT_URL", "//a.example/out"),
        ("PROXY_LOGOUT_URL", "/\\a.example/out"),
        ("PROXY_LOGOUT_URL", "javascript:alert(1)"),
        ("PROXY_LOGOUT_URL", "logout"),
        ("EHLO_NAME", "two words"),
        ("EHLO_NAME", "a\r\nQUIT"),
        ("ADMIN_EMAIL", "ada"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_to_write(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=r"[Ww]rite ") as raised:
        read(**{name: text})
    assert raised.value.name == PREFIX + name
    assert str(raised.value).startswith(PREFIX + name)


def told(name: str, text: str) -> str:
    """What is shown for a variable: the configuration, or why it is refused."""
    try:
        return repr(Config.from_environ({name: text}))
    except ConfigError as error:
        return "".join(traceback.format_exception(error))


@given(st.sampled_from([v.name for v in Config.variables()]), st.text(max_size=50))
def test_no_text_raises_anything_but_a_clear_refusal(name: str, text: str) -> None:
    assert told(name, text)


@pytest.mark.parametrize("name", SECRETS)
def test_no_part_of_a_secret_is_ever_told(name: str) -> None:
    """F4: neither by the configuration nor by a refusal, its traceback included."""
    assert "hunter2" not in told(name, "smtp://user:hunter2@[host:port/x#hunter2")


def test_a_misspelt_variable_is_told_with_the_right_name() -> None:
    [sentence] = unknown_variables({"SMTP_PANEL_SANDBOX_PROT": "1", "SMTP_PANEL_NODE": "a"})
    assert "SMTP_PANEL_SANDBOX_PROT is no variable" in sentence
    assert "Did you mean SMTP_PANEL_SANDBOX_PORT?" in sentence


def test_only_a_secret_can_be_read_from_a_file() -> None:
    files = {"SMTP_PANEL_HOSTING_FILE": "x", "SMTP_PANEL_PASSWORD_FILE": "x"}
    [sentence] = unknown_variables(files)
    assert sentence.startswith("SMTP_PANEL_HOSTING_FILE")


def test_a_certificate_can_be_read_from_a_file_as_well(tmp_path: Path) -> None:
    """Section 11, F14: a variable of one line has no place for it."""
    (tmp_path / "ca.pem").write_text("-----BEGIN\n-----END\n")
    assert read(CA_PEM_FILE=str(tmp_path / "ca.pem")).ca_pem == "-----BEGIN\n-----END"
    assert not unknown_variables({f"{PREFIX}PINNED_FILE": "x"})


@pytest.mark.parametrize(
    ("content", "value"),
    [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), (" s \n\n", " s \n")],
)
def test_a_secret_is_read_from_a_file_without_its_last_line_end(
    tmp_path: Path, content: str, value: str
) -> None:
    """env-secret-file-with-newline, section 11: an editor's line end is no part of a secret."""
    file = tmp_path / "secret"
    file.write_text(content, newline="")
    assert read(PASSWORD_FILE=str(file)).password == Secret(value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"\xff\xfehunter2", "not UTF-8"),
        (b"hunter2" * 20000, "too large"),
    ],
)
def test_a_secret_file_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as raised:
        read(PASSWORD_FILE=str(file))
    assert raised.value.name == "SMTP_PANEL_PASSWORD_FILE"
    assert "hunter2" not in str(raised.value)


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_PASSWORD_FILE .* can't be read"):
        read(PASSWORD_FILE="a\0b")


def test_a_secret_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both set"):
        read(SECRET_KEY="one", SECRET_KEY_FILE=str(tmp_path / "other"))


@pytest.mark.parametrize(
    ("there", "value", "missing"),
    [("ADMIN_EMAIL", "ada@example.com", "PASSWORD"), ("ADMIN_PASSWORD", "s3cret", "EMAIL")],
)
def test_half_a_first_admin_is_refused(there: str, value: str, missing: str) -> None:
    """A1: the first admin by environment needs both."""
    with pytest.raises(ConfigError, match="go together") as raised:
        read(**{there: value})
    assert raised.value.name == f"SMTP_PANEL_ADMIN_{missing}"


def test_a_node_is_named_after_its_machine_unless_stated() -> None:
    assert Config(node="web-1").node_name == "web-1"
    assert Config().node_name


def test_every_variable_has_a_row_for_the_documentation() -> None:
    rows = {variable.name: variable for variable in Config.variables()}
    assert rows["SMTP_PANEL_SANDBOX"].default == "off"
    assert rows["SMTP_PANEL_TEST_TIMEOUT"].default == "20"
    assert rows["SMTP_PANEL_SECRET_KEY"].secret
    assert all(row.name.startswith(PREFIX) and row.type and row.meaning for row in rows.values())


def test_what_every_default_says_can_be_written() -> None:
    shown = {row.name: row.default for row in Config.variables() if row.default}
    assert Config.from_environ(shown) == Config()


@pytest.mark.parametrize(
    "text", ["x", "x" * 31, f"{'x' * 32},short", f"{'x' * 32},", ",", "x" * 31 + " "]
)
def test_a_signing_key_that_can_be_guessed_is_refused(text: str) -> None:
    """A1: each has 32 characters at least; what was written is not repeated."""
    with pytest.raises(
        ConfigError, match=r"SMTP_PANEL_SECRET_KEY .*at least 32 characters"
    ) as caught:
        read(SECRET_KEY=text)
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "panel.example.com",
        "ftp://panel.example.com",
        "https://",
        "https://user@panel.example.com",
        "https://panel.example.com/?x=1",
        "https://panel.example.com/#x",
        "https://panel.example.com//x",
        "https://panel.example.com:port",
        "https://[::1",
        "https://[]",
        "https://[1:2]:8000",
        "https://[fe80::1%25eth0]",
        "https://[v1.x]",
        "https://[::1]x",
        "https://::1",
        "https://..",
        "https://-",
        "https://panel..example.com",
        "https://-panel.example.com",
        "https://xn--a.example.com",
        f"https://{'x' * 64}.example.com",
        "https://pa nel.example.com",
        "https://panel.example.com\\@evil.example",
    ],
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    """A1."""
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_URL .*where people reach the panel"):
        read(URL=text)


@pytest.mark.parametrize(
    "text", ["https://panel.example.com/mail", "http://192.0.2.1:8000", "http://[::1]:8000"]
)
def test_an_address_is_a_name_or_an_address_with_port_and_path(text: str) -> None:
    """A1, section 11."""
    assert read(URL=text).url == text
