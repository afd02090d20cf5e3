"""The relay: a mail server on loopback for programs that know nothing but SMTP (SPEC M2)."""
