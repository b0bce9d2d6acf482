"""The WSGI application that the web server loads."""

from django.core.wsgi import get_wsgi_application

from annotate import env

env.select_settings()

application = get_wsgi_application()
