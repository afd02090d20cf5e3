"""The model of the yardstick, in Django's admin."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import path


class Settings(models.Model):  # type: ignore[misc]  # Django has no types
    """As many fields as the SMTP page has, of the same kinds."""

    service = models.CharField(max_length=10, choices=[("default", "Default"), ("custom", "Own")])
    server = models.CharField(max_length=253, help_text="A host name or IP address")
    port = models.PositiveIntegerField(default=587, help_text="Mostly 587 or 465")
    tls = models.BooleanField(default=True, help_text="Secures the connection")
    tls_version = models.CharField(
        max_length=4, choices=[(each, f"TLS {each}") for each in ("1.0", "1.1", "1.2", "1.3")]
    )
    tls_start = models.CharField(max_length=10, choices=[("auto", "Automatic"), ("starttls", "x")])
    sender = models.CharField(max_length=320, help_text="An address, or a name and an address")
    username = models.CharField(max_length=255, blank=True)
    password = models.CharField(max_length=255, blank=True)
    remove_password = models.BooleanField(default=False)
    auth = models.CharField(max_length=10, choices=[("auto", "Automatic"), ("plain", "PLAIN")])
    client_id = models.CharField(max_length=255, blank=True)
    client_secret = models.CharField(max_length=255, blank=True)
    remove_client_secret = models.BooleanField(default=False)
    token_endpoint = models.CharField(max_length=2000, blank=True)
    scopes = models.CharField(max_length=2000, blank=True)
    envelope_sender = models.CharField(max_length=320, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    ehlo_name = models.CharField(max_length=255, blank=True)
    time_limit = models.PositiveIntegerField(null=True, blank=True)
    ca_pem = models.TextField(blank=True)
    pinned = models.TextField(blank=True)

    class Meta:
        app_label = "bench"


admin.site.register(Settings)
urlpatterns = [path("admin/", admin.site.urls)]


def cookie_of_an_admin() -> str:
    """Make the tables, the settings and an admin; gives the cookie of the admin's session."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Settings)
    Settings.objects.create(id=1, service="custom", server="smtp.example.com", tls_version="1.2")
    client = Client()
    client.force_login(User.objects.create_superuser("ada", "ada@example.com", "x"))
    return f"sessionid={client.cookies['sessionid'].value}"
