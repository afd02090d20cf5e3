"""SMTP Panel under gunicorn: `gunicorn --config deploy/gunicorn.conf.py`, in the project's folder.

HOST and PORT say where it listens (127.0.0.1 and 8000), WEB_CONCURRENCY how many processes (2).
"""

from __future__ import annotations

import os

wsgi_app = "wsgi:application"
# A TCP address, since the panel knows a proxy by its address, and a Unix socket has none.
host = os.environ.get("HOST") or "127.0.0.1"
bind = f"{f'[{host}]' if ':' in host else host}:{os.environ.get('PORT') or '8000'}"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or "2")
threads = 8
# Checks and the sandbox run in threads, which a fork of a loaded application would leave behind.
preload_app = False
# A worker that is replaced on schedule would end the tests that are under way in it.
max_requests = 0
graceful_timeout = 30  # seconds to finish the requests in flight

# Whom to believe is decided by SMTP_PANEL_TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
control_socket_disable = True
# The proxy keeps the access log; errors go to standard error.
accesslog = None
errorlog = "-"
