"""SPEC P2: what the provider of a mail server wants is told before the first test."""

from __future__ import annotations

from smtp_panel.web.links import linked
from tests.web.conftest import NOBODY, Panel, Visitor
from tests.web.html import parse

WANTED = "/admin/smtp/provider"


def wanted(admin: Visitor, **typed: str) -> str:
    """Whose wishes come while a mail server is being typed; empty for nobody's."""
    answer = admin.get(WANTED, htmx=True, query_string=typed)
    assert answer.status_code == 200
    return "".join(each["data-provider"] for each in parse(answer.text).all(data_provider=None))


def test_a_page_with_the_server_of_a_provider_says_what_that_wants(panel: Panel) -> None:
    """P2: also what a refused form holds, so that it works without JavaScript."""
    admin = panel.admin()
    assert not admin.page().all(data_provider=None)
    refused = admin.save(**NOBODY | {"server": "smtp.gmail.com", "port": "none"})
    assert refused.status_code == 422
    told = admin.html.id("provider").one(data_provider="gmail")
    assert "app password" in told.text
    link = told.one("a", href="https://myaccount.google.com/apppasswords")
    assert (link["rel"], link["target"]) == ("noopener", "_blank")
    assert (
        told.link("The provider's help page") == "https://support.google.com/accounts/answer/185833"
    )


def test_it_stays_there_once_the_settings_are_saved(panel: Panel) -> None:
    """P2: the first test may be days later."""
    admin = panel.admin()
    admin.save(**NOBODY | {"server": "mail.your-server.de", "username": "ada@example.com"})
    assert admin.page().one(data_provider="hetzner")


def test_it_is_told_in_the_language_of_the_page(panel: Panel) -> None:
    admin = panel.admin()
    query = {"server": "smtp.gmail.com"}
    japanese = admin.client.get(
        WANTED,
        query_string=query,
        headers={"HX-Request": "true", "Accept-Language": "ja"},
    )
    assert "アプリ パスワード" in japanese.text


def test_it_comes_while_the_server_is_typed_and_goes_with_it(panel: Panel) -> None:
    """P2: the address tells Gmail from Google Workspace, which have one server."""
    admin = panel.admin()
    assert wanted(admin, server="smtp.gmail.com", username="ada@gmail.com") == "gmail"
    assert wanted(admin, server="smtp.gmail.com", username="a@b.example") == "google-workspace"
    assert wanted(admin, server="smtp.gmail.co", username="ada@gmail.com") == ""
    assert wanted(admin) == ""


def test_of_a_provider_with_regions_it_says_which_one_the_server_is_for(panel: Panel) -> None:
    """P2: an account of the other region is refused there."""
    admin = panel.admin()
    told = admin.get(WANTED, htmx=True, query_string={"server": "smtp.eu.mailgun.org"}).text
    assert "This server is the one for eu; there are others for us." in told
    alone = admin.get(WANTED, htmx=True, query_string={"server": "smtp.gmail.com"}).text
    assert "This server is" not in alone


def test_without_htmx_it_leads_to_the_page(panel: Panel) -> None:
    answer = panel.admin().get(WANTED, query_string={"server": "smtp.gmail.com"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/smtp")


def test_only_links_are_linked_and_all_else_is_escaped() -> None:
    """P2: a host name in a note is no page, and a full stop no part of one."""
    html = linked("<b> use smtp.cox.net, see https://a.example/x?y=1&z=2. https://b.example）")
    assert str(html) == (
        "&lt;b&gt; use smtp.cox.net, see "
        '<a href="https://a.example/x?y=1&amp;z=2" target="_blank" rel="noopener">'
        "https://a.example/x?y=1&amp;z=2</a>. "
        '<a href="https://b.example" target="_blank" rel="noopener">https://b.example</a>）'
    )
