"""The WSGI application that the web server loads."""

import gc

from django.core.wsgi import get_wsgi_application

from annotate import env

env.select_settings()

application = get_wsgi_application()

# What is loaded by now stays, and a request leaves next to nothing in circles: to look through either takes 2 to 3 % of
# a click, and now and then one click waits for all of it.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
