"""A yardstick: what django-post-office takes to queue and send, in one thread, with SQLite.

`python -m tests.bench.post_office FOLDER PORT` prints the seconds of each message.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from tests.bench.kept import RECIPIENT, SENDER

MESSAGES = 1000
TEXT = "A line of text that is no more than that.\n" * 20


def main(folder: Path, port: int) -> None:
    """Queue and send to the server at `port`, with the database in `folder`."""
    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.db"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        POST_OFFICE={"BATCH_SIZE": MESSAGES, "THREADS_PER_PROCESS": 1},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    django.setup()
    # What needs the settings can be imported only now.
    from post_office import mail  # type: ignore[import-untyped]  # noqa: PLC0415  (no types)
    from post_office.models import STATUS, Email  # type: ignore[import-untyped]  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    for _ in range(MESSAGES):
        mail.send(RECIPIENT, SENDER, subject="test", message=TEXT)
    mail.send_queued()
    passed = time.perf_counter() - began
    if (sent := Email.objects.filter(status=STATUS.sent).count()) != MESSAGES:
        raise RuntimeError(f"{sent} of {MESSAGES} messages were sent")
    print(json.dumps({"seconds_each": passed / MESSAGES}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
