"""The people who may sign in, as programs see and handle them (SPEC A1, A5)."""

from __future__ import annotations

import datetime
from typing import Annotated

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field, WithJsonSchema

from smtp_panel.access import limits, mailed_links, people
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.mailed_links import GivenLink
from smtp_panel.access.people import Person
from smtp_panel.access.users import LONGEST_NAME, Role, UserState
from smtp_panel.api.bodies import JsonAnswer, JsonObject, answer, ruled
from smtp_panel.api.lists import MOST, Listed, Part, id_of, part_of
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.panel import current_panel
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import ENGLISH, LANGUAGES
from smtp_panel.words import N_

users = blueprint("users")

ONE = "/users/<row:user_id>"
NO_LANGUAGE = N_("The panel does not speak this language. Choose one of: %(languages)s.")


def _language(code: str) -> str:
    """`code` of a language of the panel."""
    if code not in LANGUAGES:
        raise Refused(NO_LANGUAGE, {"languages": ", ".join(LANGUAGES)})
    return code


Language = Annotated[
    str,
    AfterValidator(ruled(_language)),
    WithJsonSchema({"type": "string", "enum": [*LANGUAGES]}),
]


class Invitation(JsonObject):
    """Somebody who is to have an account, and the language of the mail and pages they get."""

    email: str
    name: str = Field(default="", max_length=LONGEST_NAME)
    role: Role = Role.MEMBER
    language: Language = ENGLISH


class NewRole(JsonObject):
    """What somebody may do from now on."""

    role: Role


class User(JsonAnswer):
    """Somebody who may sign in or is invited.

    They have so many `sessions`; a link to a password that they were given works until
    `link_until`. Who is signed in elsewhere may have no mail address; `known_as` is their name.
    """

    id: int
    email: str | None
    known_as: str
    name: str
    role: Role
    state: UserState
    language: str | None
    created_at: datetime.datetime
    seen_at: datetime.datetime | None
    sessions: int
    link_until: datetime.datetime | None


class Link(JsonAnswer):
    """A one-time link to a password, which works for so many `hours`.

    It is on its way by mail; where no link can go by mail, `link` is to be passed on.
    """

    id: int
    hours: int
    link: str | None = Field(repr=False)


class Users(Listed):
    """People, the newest first."""

    users: list[User]


@users.get("/users")
@Operation(scopes=(KeyScope.READ,), answers={200: Users}, query=Part)
def show_all(query: Part) -> ResponseReturnValue:
    """Everybody who may sign in or is invited: the newest of them, or those that follow."""
    found = people.newest(db.session, MOST + 1, before=id_of(query))
    shown, following = part_of(found, lambda each: f"{each.user.id:x}")
    return answer(Users(users=[_told(each) for each in shown], next=following))


@users.get(ONE)
@Operation(scopes=(KeyScope.READ,), answers={200: User})
def show(user_id: int) -> ResponseReturnValue:
    """One account."""
    return _answer(user_id)


@users.post("/users")
@Operation(
    scopes=(KeyScope.MANAGE,),
    answers={201: Link},
    body=Invitation,
    refuses=(409,),
    leads_to="api_users.show",
)
def invite(body: Invitation) -> ResponseReturnValue:
    """Add an account, and send its owner an invitation. Counts as one of the key's invitations."""
    by = asking().actor
    limits.charge_actor("invite", by)
    with writing(db.session) as session:
        given = mailed_links.invite(
            session,
            email=body.email,
            name=body.name,
            role=body.role,
            language=body.language,
            by=by,
            url=current_panel().url,
        )
        return _given(given, 201)


@users.post(f"{ONE}/link")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: Link}, refuses=(409,))
def send_link(user_id: int) -> ResponseReturnValue:
    """Send the invitation again or, to somebody with a password, a link to another password.

    Counts as one of the key's invitations.
    """
    by = asking().actor
    limits.charge_actor("invite", by)
    with writing(db.session) as session:
        return _given(mailed_links.send(session, user_id, by=by, url=current_panel().url))


@users.post(f"{ONE}/role")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: User}, body=NewRole, refuses=(409,))
def change_role(user_id: int, body: NewRole) -> ResponseReturnValue:
    """Make somebody an admin or a member, from their next click on. One admin is left always."""
    with writing(db.session) as session:
        people.change_role(session, user_id, body.role, by=asking().actor)
    return _answer(user_id)


@users.post(f"{ONE}/end-sessions")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: User})
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Sign somebody out in every browser."""
    with writing(db.session) as session:
        people.end_sessions(session, user_id, by=asking().actor)
    return _answer(user_id)


@users.delete(ONE)
@Operation(scopes=(KeyScope.MANAGE,), answers={204: None}, refuses=(409,))
def remove(user_id: int) -> ResponseReturnValue:
    """Remove an account with its sessions and links. The last admin stays."""
    with writing(db.session) as session:
        people.remove(session, user_id, by=asking().actor)
    return "", 204


def _answer(user_id: int) -> ResponseReturnValue:
    return answer(_told(people.person(db.session, user_id)))


def _given(given: GivenLink, status: int = 200) -> ResponseReturnValue:
    """Where a link went: into the outbox, or into this answer, this once."""
    url = (current_panel().url or request.url_root).rstrip("/")
    link = url + given.path if given.path else None
    return answer(Link(id=given.user.id, hours=given.hours, link=link), status)


def _told(person: Person) -> User:
    user = person.user
    return User(
        id=user.id,
        email=user.email,
        known_as=user.known_as,
        name=user.name,
        role=user.role,
        state=user.state,
        language=user.language,
        created_at=user.created_at,
        seen_at=person.seen_at,
        sessions=person.sessions,
        link_until=person.link_until,
    )
