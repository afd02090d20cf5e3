"""The description of /api/v1 (SPEC A5)."""

from __future__ import annotations

import json
import re
from typing import Any

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.operation import Operation
from tests.api.conftest import MESSAGES, told_by
from tests.web.conftest import MakePanel, Panel

DESCRIPTION = "/api/v1/openapi.json"


def described(panel: Panel, **request: Any) -> dict[str, Any]:
    """The document, which anybody may read."""
    answer = panel.app.test_client().get(DESCRIPTION, **request)
    assert answer.status_code == 200
    return told_by(answer)


def test_anybody_may_read_it(panel: Panel) -> None:
    """NAMES: openapi.json is public; of the version that was asked for."""
    document = described(panel)
    assert document["openapi"].startswith("3.1")
    assert "Set-Cookie" not in panel.app.test_client().get(DESCRIPTION).headers


def test_its_servers_name_the_prefix(make_panel: MakePanel) -> None:
    """NAMES: where this panel is, as the proxy says; each reader's own."""
    panel = make_panel(url="https://mail.example")
    for prefix in ("", "/tools/mail"):
        (server,) = described(panel, base_url=f"https://mail.example{prefix}/")["servers"]
        assert server["url"] == f"https://mail.example{prefix}"


def test_every_view_of_the_api_states_what_it_takes_and_gives(panel: Panel) -> None:
    """A view that states nothing would be missing in the description."""
    paths = described(panel)["paths"]
    for rule in panel.app.url_map.iter_rules():
        if rule.endpoint.startswith("api_") and rule.rule != DESCRIPTION:
            stated = Operation.of(panel.app.view_functions[rule.endpoint])
            assert stated, rule.rule
            assert stated.scopes, rule.rule
            assert rule.rule.replace("<", "{").partition("{")[0] in " ".join(paths), rule.rule


def test_it_says_which_scope_a_program_needs(panel: Panel) -> None:
    """NAMES, scopes; OpenAPI 3.1 names them beside the way in."""
    post = described(panel)["paths"][MESSAGES]["post"]
    assert post["security"] == [{"key": [KeyScope.SEND]}, {"token": [KeyScope.SEND]}]


def test_it_holds_the_types_that_check_what_is_sent(panel: Panel) -> None:
    """What is required, and that nothing else is taken."""
    document = described(panel)
    body = document["paths"][MESSAGES]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["$ref"].endswith("/NewMessage")
    file = document["components"]["schemas"]["NewFile"]
    assert set(file["required"]) == {"filename", "content"}
    assert file["additionalProperties"] is False


def test_every_type_is_there_by_a_name_of_its_own(panel: Panel) -> None:
    """Generators of clients stop at a reference that leads nowhere, and make classes of names."""
    document = described(panel)
    named = set(re.findall(r'"#/components/schemas/([^"]*)"', json.dumps(document)))
    assert named == document["components"]["schemas"].keys()
    assert [name for name in named if not name.isalnum()] == []


def test_every_field_of_an_answer_is_always_there(panel: Panel) -> None:
    """A client in a typed language need not ask whether it is."""
    schemas = described(panel)["components"]["schemas"]
    for name in ("RecipientFate", "FindingOfDomain", "Users", "Link", "Status"):
        assert set(schemas[name]["required"]) == schemas[name]["properties"].keys(), name


def test_what_was_made_leads_to_where_it_is_shown(panel: Panel) -> None:
    """OpenAPI 3.1, links: by the id in the answer."""
    made = described(panel)["paths"]["/api/v1/test"]["post"]["responses"]["202"]
    assert "Location" in made["headers"]
    assert made["links"]["show"] == {
        "operationId": "tests_show",
        "parameters": {"test_id": "$response.body#/id"},
    }
