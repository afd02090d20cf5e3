"""The mail settings: their fields and rules, how they are saved, and where secrets may go."""
