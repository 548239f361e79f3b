"""How gunicorn serves the portal; docs/operations.md tells what a host may change."""

import gc
import os
from typing import Any

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("PORTAL_WORKERS", "2"))
threads = int(os.environ.get("PORTAL_THREADS", "4"))
preload_app = True
control_socket_disable = True
loglevel = "warning"
max_requests = 5000
max_requests_jitter = 500

OBJECTS_BETWEEN_LOOKS = 20_000


def when_ready(server: Any) -> None:
    """Look for lost objects less often, and never among those of the code: a page makes thousands and keeps none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 20)
