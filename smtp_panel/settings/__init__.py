"""What an admin decides about mail: the rules of its fields, how it is kept, where secrets go."""
