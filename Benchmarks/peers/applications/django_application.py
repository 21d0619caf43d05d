"""The routes and the application that django-allauth is measured in; run by its own Python.

As a program it makes users: the password, then their names.
"""

import sys

# allauth looks these up without importing them.
import cryptography.hazmat.primitives.ciphers.algorithms  # noqa: F401
import cryptography.hazmat.primitives.ciphers.modes  # noqa: F401
import cryptography.hazmat.primitives.serialization  # noqa: F401
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

application = get_wsgi_application()
urlpatterns = [path("_allauth/", include("allauth.headless.urls"))]

if __name__ == "__main__":
    from django.contrib.auth import get_user_model

    for name in sys.argv[2:]:
        get_user_model().objects.create_user(name, f"{name}@example.org", sys.argv[1])
