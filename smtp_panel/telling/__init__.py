"""The words of a result, shared by pages, command line and mail."""
