"""What the operator decides: every `SMTP_PANEL_*` variable, and the kinds of value one may have."""

from __future__ import annotations

from smtp_panel.config.declaring import PREFIX, Variable
from smtp_panel.config.error import ConfigError
from smtp_panel.config.variables import NO_SECRET, Config, unknown_variables

__all__ = ["NO_SECRET", "PREFIX", "Config", "ConfigError", "Variable", "unknown_variables"]
