"""Content that is sent at set times: reports and files, made by the host application."""
