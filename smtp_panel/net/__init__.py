"""Names, addresses, connections, TLS and certificates, all under one deadline. Knows no SMTP."""
