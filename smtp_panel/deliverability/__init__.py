"""Whether the world will take mail of the From domain: what its DNS says (SPEC D5)."""
