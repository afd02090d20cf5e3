"""The yardstick: Django admin's form for as many settings, on the panel's own server.

It is what an administrator's page costs where nobody wrote it by hand: a model with the fields of
the SMTP page, its change form, and a session that is signed in, in a file of SQLite. The change
form of a user, which Django brings along and everybody knows, stands beside it for comparison.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.apps import AppConfig
from django.conf import settings

from smtp_panel.server import Server


class Bench(AppConfig):  # type: ignore[misc]  # Django has no types
    """The application that the model belongs to."""

    name = "tests.bench"
    label = "bench"


def main(folder: Path) -> None:
    """Serve on a free port, and print the address of the form and the cookie of the session."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.db"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "tests.bench.yardstick.Bench",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="tests.bench.yardstick_site",
        SECRET_KEY="x" * 50,
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    # What needs the settings can be imported only now.
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    from tests.bench.yardstick_site import cookie_of_an_admin  # noqa: PLC0415

    cookie = cookie_of_an_admin()
    server = Server(get_wsgi_application(), "127.0.0.1", 0)
    server.serve(lambda: None, lambda: print(server.url, cookie, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
