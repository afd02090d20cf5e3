"""What is done with one installation, for pages, programs and the terminal alike."""
