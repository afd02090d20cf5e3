"""SPF: which addresses may send mail for a domain (RFC 7208). Knows no Flask, no database."""
