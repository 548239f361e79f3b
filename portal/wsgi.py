"""The application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from portal.content import pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
pages()  # a page that cannot be read stops the start, not a visitor
