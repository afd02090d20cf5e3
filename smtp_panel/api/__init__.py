"""What programs ask for by HTTP, in JSON."""
