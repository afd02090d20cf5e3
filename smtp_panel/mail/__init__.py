"""The messages that the installation sends."""
