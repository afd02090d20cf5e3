"""Which cloud this machine runs in, for the rules of port 25 (SPEC F10)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

DMI = Path("/sys/class/dmi/id")
# Azure marks its machines by this tag, which tells them from others under Hyper-V.
AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
LARGEST_FACT = 256  # bytes


class Hosting(StrEnum):
    """The cloud that this machine runs in; OTHER if it is none of them or not known."""

    GCP = "gcp"
    AZURE = "azure"
    AWS = "aws"
    OTHER = "other"


def hosting(stated: str, dmi_dir: Path = DMI) -> Hosting:
    """The hosting that the operator `stated`; for `auto` the one that is detected."""
    return detect(dmi_dir) if stated == "auto" else Hosting(stated)


def detect(dmi_dir: Path) -> Hosting:
    """The cloud that the machine's DMI data names, as systemd and cloud-init read them."""
    if _fact(dmi_dir, "product_name").startswith("google"):
        return Hosting.GCP
    if _fact(dmi_dir, "chassis_asset_tag") == AZURE_TAG:
        return Hosting.AZURE
    vendors = (_fact(dmi_dir, name) for name in ("sys_vendor", "board_vendor", "bios_vendor"))
    if any(vendor.startswith("amazon") for vendor in vendors):
        return Hosting.AWS
    if "amazon" in _fact(dmi_dir, "bios_version"):  # older machines, under Xen
        return Hosting.AWS
    return Hosting.OTHER


def _fact(dmi_dir: Path, name: str) -> str:
    """The text of one file, in lower case; empty where there is none that we may read."""
    try:
        with (dmi_dir / name).open("rb") as file:
            return file.read(LARGEST_FACT).decode(errors="replace").strip().lower()
    except OSError:
        return ""
