"""From the facts of a failure to what an administrator needs: cause, remedy, field (SPEC 9)."""
