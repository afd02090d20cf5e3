"""Who asks, and who may see a page (SPEC N2, A1)."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from urllib.parse import urlencode, urlsplit

import flask
from flask import (
    Flask,
    Response,
    abort,
    g,
    has_request_context,
    make_response,
    redirect,
    request,
)
from flask.typing import ResponseReturnValue

from smtp_panel.access import external, sessions
from smtp_panel.access.client import client_address
from smtp_panel.access.external import ExternalUser
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.sessions import SignedIn, SignedInUser
from smtp_panel.access.users import Role, User
from smtp_panel.audit import Actor
from smtp_panel.storage import UNAVAILABLE, db, under_way, utcnow, writing

log = logging.getLogger(__name__)

SESSION_KEY = "key"  # of a session, in the cookie
LOGIN = "/login"
SAFE = ("GET", "HEAD")  # methods that only ask for a page
SHOWN_OF_ID = 6  # characters of a client id, by which people tell keys of one name apart
NOTED_EVERY = timedelta(minutes=5)  # the use of a session, an account or a key
API = "api/"  # below which programs ask


class PrincipalKind(StrEnum):
    """By what somebody is known: an account, or an API key."""

    USER = "user"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks, from the IP address `address`.

    `id` is of the account or the client id of the key, `name` the mail address (without one, `user`
    and the name at the proxy) or the name of the key. Only accounts have a `role`; an admin has
    every scope.
    """

    kind: PrincipalKind
    id: int | str
    name: str
    address: str
    role: Role | None = None
    scopes: frozenset[KeyScope]

    @property
    def is_admin(self) -> bool:
        """Whether they may open the panel."""
        return self.role is Role.ADMIN

    @property
    def actor(self) -> Actor:
        """Who did it, for the audit log."""
        if isinstance(self.id, int):
            return Actor(self.name, self.address, user_id=self.id)
        name = f"key {self.name} ({self.id[:SHOWN_OF_ID]})"  # no other actor has such a name
        return Actor(name, self.address, key_id=self.id)

    def may(self, scope: KeyScope) -> bool:
        """Whether they may do what needs `scope`."""
        return scope in self.scopes or KeyScope.MANAGE in self.scopes


def init_app(app: Flask) -> None:
    """Note when accounts and API keys of `app` are used."""
    app.after_request(_note_use)


def current_session() -> SignedIn | None:
    """The session of this browser; one query a request, and none without a cookie.

    There is none where somebody else says who is signed in, whatever the cookie.
    """
    if not _on_a_page() or external.identity() is not None:
        return None
    if "user_session" not in g:
        g.user_session = _load()
    found: SignedIn | None = g.user_session
    return found


def asking() -> Hashable:
    """By what whoever asks is known, without a look into the database; None for nobody."""
    return external.identity() or flask.session.get(SESSION_KEY)


def current_user() -> SignedInUser | None:
    """The account of whoever is signed in; one query a request."""
    if not _on_a_page():
        return None
    who = external.identity()
    if isinstance(who, ExternalUser):
        if "external_account" not in g:
            g.external_account = _account_of(who)
        account: SignedInUser | None = g.external_account
        return account
    found = current_session()
    return found.user if found else None


def current_principal() -> Principal | None:
    """Whoever is signed in, as a Principal; None for nobody."""
    user = current_user()
    return principal_of(user) if user else None


def principal_of(user: SignedInUser | User) -> Principal:
    """`user` as whoever makes this request."""
    return Principal(
        kind=PrincipalKind.USER,
        id=user.id,
        name=user.email or f"user {user.known_as}",  # no address, and not another actor's name
        address=client_address(),
        role=user.role,
        scopes=frozenset(KeyScope) if user.is_admin else frozenset(),
    )


def signed_in() -> Principal:
    """`current_principal`, for views behind a guard; aborts with 401 if nobody is signed in."""
    return current_principal() or abort(401)


def own_account(*, locked: bool = False) -> User:
    """The row of `current_user`, for views behind a guard; `locked` in a transaction that writes.

    Whoever was removed meanwhile is led to the sign-in form.
    """
    user = current_user()
    found = db.session.get(User, user.id, with_for_update=locked) if user else None
    return found or abort(make_response(_to_login()))


def own_address() -> str:
    """The mail address of `current_user`; empty where there is none."""
    user = current_user()
    return user.email if user else ""


def require_user() -> ResponseReturnValue | None:
    """Guard of a blueprint: redirects whoever is not signed in to the sign-in form."""
    return None if current_principal() else _to_login()


def require_admin() -> ResponseReturnValue | None:
    """Guard of a blueprint: a member gets 403, a visitor is redirected to the sign-in form."""
    principal = current_principal()
    if principal is None:
        return _to_login()
    if not principal.is_admin:
        abort(403)
    return None


def safe_next(target: str | None) -> str:
    """`target` where it is a path of this site, else the start page.

    Browsers read `\\` as `/`, drop tabs and line breaks, and take `//host` for another site.
    """
    home = f"{request.script_root}/"
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    return home if "\\" in target or not target.isprintable() else target


def page_around() -> str:
    """The page that the visitor is on, or asked for; of a form or fragment, the page around it."""
    if "HX-Request" in request.headers:
        url = request.headers.get("HX-Current-URL", "")
    else:
        url = request.url if request.method in SAFE else request.referrer or ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return safe_next(None)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return safe_next(target if parts.netloc == request.host else None)


def _on_a_page() -> bool:
    """Whether a browser may be asking: programs bring a key, and neither cookie nor header counts.

    Routes are found whatever slashes stand in front.
    """
    return has_request_context() and not request.path.lstrip("/").startswith(API)


def _load() -> SignedIn | None:
    key = flask.session.get(SESSION_KEY)
    if not isinstance(key, str):
        return None
    found = sessions.find(db.session, key)
    if found is None:
        flask.session.clear()
    elif is_unnoted(found.seen_at):
        g.note_use = partial(sessions.note_seen, session_id=found.id)
    return found


def _account_of(who: ExternalUser) -> SignedInUser | None:
    """The account of somebody who is signed in elsewhere, made where it is seen first."""
    seen = external.find(db.session, who)
    if seen is None:
        _adopt(who)
        seen = external.find(db.session, who)
    if seen is None:
        return None
    if is_unnoted(seen.at):
        g.note_use = partial(external.note_seen, user_id=seen.account.id)
    return seen.account


def _adopt(who: ExternalUser) -> None:
    """Bring their account up to date, in the transaction under way where there is one."""
    under = under_way(db.engine)
    if under:
        external.adopt(under, who)
    else:
        with writing(db.session) as session:
            external.adopt(session, who)


def is_unnoted(used_at: datetime | None) -> bool:
    """Whether a use now is to be noted, of what was last noted as used at that time."""
    return used_at is None or utcnow() - used_at >= NOTED_EVERY


def _note_use(response: Response) -> Response:
    """Note that an account or a key is used; if that fails, the answer is given all the same."""
    if "note_use" in g:
        try:
            with writing(db.session, patient=False) as session:
                g.note_use(session)
        except UNAVAILABLE as error:
            log.warning("somebody was here, unnoted: %s", type(error).__name__)
    return response


def _to_login() -> ResponseReturnValue:
    """Redirect to the sign-in form, which leads back here; a fragment redirects the whole page.

    It says there that what was asked of a form was not done.
    """
    asked = {"next": page_around()} | ({} if request.method in SAFE else {"undone": "1"})
    url = f"{request.script_root}{LOGIN}?{urlencode(asked)}"
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url})
    return redirect(url, 303)
