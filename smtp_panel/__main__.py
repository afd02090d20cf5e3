"""`python -m smtp_panel` serves the panel."""

from __future__ import annotations

import sys

from smtp_panel.serve import main

if __name__ == "__main__":
    sys.exit(main())
