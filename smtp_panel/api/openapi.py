"""The description of /api/v1, as OpenAPI 3.1 (SPEC A5).

It is made of what each view states beside itself, and of the types that also check what is sent:

    @users.post("/users/<row:user_id>/role")
    @Operation(scopes=(KeyScope.MANAGE,), answers={200: Person}, body=NewRole)
    def change_role(user_id: int, body: NewRole) -> ResponseReturnValue:
        "The first sentence is the summary in the document; all of this is the description."

What is sent is a JsonObject, what is answered an Answer, both told by their docstrings and fields;
`query` and `headers` are JsonObjects as well, whose fields are parameters. A view that states
nothing is not described, and only keys that may manage everything reach it.

openapi-pydantic has the types of the document, and puts pydantic's schemas into it; it knows no
Flask, and so leaves routes, guards and errors as they are. The other kept libraries check requests
themselves: spectree 3.0 takes broken JSON, a list, or what is no JSON for `{}`; flask-openapi3 4.3
wants a Flask of its own, and repeats in its errors what was sent, a password for instance; APIFlask
3.1 wants one too, and takes JSON that is declared as text. All three add views of documentation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from inspect import cleandoc
from typing import Any, TypeAlias

from flask import Response, current_app, json, request
from flask.typing import ResponseReturnValue
from openapi_pydantic import OpenAPI
from openapi_pydantic.util import PydanticSchema, construct_open_api_with_schema_class
from werkzeug.routing import Rule

from smtp_panel import __version__
from smtp_panel.api.bodies import JSON
from smtp_panel.api.errors import Problem
from smtp_panel.api.operation import Model, Operation
from smtp_panel.api.v1 import blueprint
from smtp_panel.web.arguments import IdConverter

Json: TypeAlias = dict[str, Any]
EXTENSION = "smtp_panel.openapi"
SCHEMAS = "#/components/schemas/{model}"
ABOUT = """Everything that the panel does, for programs.

Sign in by HTTP Basic with the client ID and the secret of an API key, or by a token that
/api/4.0/login gave. What an operation needs stands beside it: a key with the scope send hands over
messages and sees its own, read sees everything, manage may do everything."""
WAYS_IN = {
    "key": {
        "type": "http",
        "scheme": "basic",
        "description": "Client ID and secret of an API key",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "From /api/4.0/login"},
}
HEADERS = {
    "ETag": "The version of what is answered, for If-Match",
    "Location": "Where it is",
    "Retry-After": "Seconds after which to try again",
    "WWW-Authenticate": "How to sign in",
}
ERRORS = {
    400: "The body is no JSON",
    401: "No API key, or a wrong one",
    403: "The key has not the scope that this needs",
    404: "There is nothing at this address",
    409: "It is in a state in which this can't be done",
    412: "It changed meanwhile",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "Something is wrong with what was sent",
    428: "If-Match is missing",
    429: "Too many attempts",
    500: "A fault of the panel",
    503: "The database or the disk can't be used now",
}
IDS: Mapping[str, Json] = {
    "row": {"type": "integer", "minimum": 0},
    "id": {"type": "string", "pattern": f"^{IdConverter.regex}$"},
}
BRINGS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_VARIABLE = re.compile(r"<(?P<kind>\w+):(?P<name>\w+)>")

openapi = blueprint("openapi")


@openapi.get("/openapi.json")
@Operation()
def show() -> ResponseReturnValue:
    """The description, for everybody."""
    described: Json | None = current_app.extensions.get(EXTENSION)
    if described is None:
        described = current_app.extensions[EXTENSION] = description()
    servers = [{"url": request.root_url.rstrip("/")}]
    return Response(json.dumps(described | {"servers": servers}), mimetype=JSON)


def description() -> Json:
    """The views of this application that state an Operation with scopes, as OpenAPI."""
    stated = list(_stated())
    paths: dict[str, Json] = {}
    for rule, text, operation in stated:
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        path = paths.setdefault(_VARIABLE.sub(r"{\g<name>}", rule.rule), {})
        path |= {method.lower(): _described(rule, text, operation) for method in methods}
    document = OpenAPI.model_validate(
        {
            "openapi": "3.1.0",
            "info": {"title": "SMTP Panel", "version": __version__, "description": ABOUT},
            "paths": dict(sorted(paths.items())),
            "components": {"securitySchemes": WAYS_IN},
        }
    )
    # Parameters are no objects of the document, but what their types refer to is.
    sent = {model for _, _, each in stated for model in (each.query, each.headers) if model}
    whole = construct_open_api_with_schema_class(document, list(sent))
    found: Json = whole.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    for model in sent:
        del found["components"]["schemas"][model.__name__]
    return found


def _stated() -> Iterator[tuple[Rule, str, Operation]]:
    """The rules whose views state an Operation with scopes, the docstrings of those, and that."""
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        operation = Operation.of(view)
        if operation and operation.scopes:
            yield rule, cleandoc(view.__doc__ or ""), operation


def _described(rule: Rule, text: str, operation: Operation) -> Json:
    told: Json = {
        "operationId": _name(rule),
        "tags": [_name(rule).partition("_")[0]],
        "summary": " ".join(re.split(r"[.:;](?:\s|$)", text)[0].split()),
        "description": text,
        "parameters": [
            *_in_path(rule),
            *_parameters("query", operation.query),
            *_parameters("header", operation.headers),
        ],
        "responses": {str(status): each for status, each in _answers(rule, operation)},
        "security": [{way: [scope]} for way in WAYS_IN for scope in operation.scopes],
    }
    if operation.body:
        told["requestBody"] = {"required": not operation.optional, **_content(operation.body)}
    return told


def _in_path(rule: Rule) -> Iterator[Json]:
    for found in _VARIABLE.finditer(rule.rule):
        kind = IDS[found["kind"]]
        yield {"name": found["name"], "in": "path", "required": True, "schema": kind}


def _parameters(place: str, model: Model | None) -> Iterator[Json]:
    """The fields of `model`, each as a parameter."""
    schema = model.model_json_schema(ref_template=SCHEMAS) if model else {}
    for name, kind in schema.get("properties", {}).items():
        required = name in schema.get("required", [])
        about = {"description": kind["description"]} if "description" in kind else {}
        yield {"name": name, "in": place, "required": required, "schema": kind, **about}


def _answers(rule: Rule, operation: Operation) -> Iterator[tuple[int, Json]]:
    for status, model in operation.answers.items():
        about = cleandoc(model.__doc__ or "") if model else "Done"
        made = {**_content(model), **_headers(operation.gives), **_links(operation.leads_to)}
        yield status, {"description": about, **made}
    for status in _refusals(rule, operation):
        brings = [BRINGS[status]] if status in BRINGS else []
        yield status, {"description": ERRORS[status], **_content(Problem), **_headers(brings)}


def _refusals(rule: Rule, operation: Operation) -> list[int]:
    """The statuses of errors that `operation` may have."""
    found = {401, 403, 429, 500, 503, *operation.refuses}
    found |= {400, 413, 415} if operation.body else set()
    found |= {422} if operation.body or operation.query or operation.headers else set()
    found |= {404} if rule.arguments else set()
    return sorted(found)


def _links(endpoint: str) -> Json:
    """Where the view `endpoint` shows what has the `id` of an answer."""
    if not endpoint:
        return {}
    (rule,) = current_app.url_map.iter_rules(endpoint)
    its_id = dict.fromkeys(rule.arguments, "$response.body#/id")
    return {"links": {"show": {"operationId": _name(rule), "parameters": its_id}}}


def _name(rule: Rule) -> str:
    """The operation of `rule`: its part of the API, and what is done there."""
    endpoint: str = rule.endpoint
    return endpoint.removeprefix("api_").replace(".", "_")


def _content(model: Model | None) -> Json:
    if model is None:
        return {}
    return {"content": {JSON: {"schema": PydanticSchema(schema_class=model, enum=None)}}}


def _headers(names: Collection[str]) -> Json:
    """Headers that an answer always has."""
    kind = {"required": True, "schema": {"type": "string"}}
    told = {name: {"description": HEADERS[name], **kind} for name in names}
    return {"headers": told} if told else {}
