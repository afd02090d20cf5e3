"""Which cloud the machine runs in (SPEC F10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtp_panel.settings.hosting import Hosting, detect, hosting

AZURE = {
    "sys_vendor": "Microsoft Corporation",
    "product_name": "Virtual Machine",
    "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77",
}
MACHINES = {
    "Google Cloud": (
        {"sys_vendor": "Google", "product_name": "Google Compute Engine"},
        Hosting.GCP,
    ),
    "Chromebook": ({"sys_vendor": "Google", "product_name": "Eve"}, Hosting.OTHER),
    "Azure": (AZURE, Hosting.AZURE),
    "Hyper-V": (AZURE | {"chassis_asset_tag": "None"}, Hosting.OTHER),
    "AWS Nitro": ({"sys_vendor": "Amazon EC2", "product_name": "m7g.large"}, Hosting.AWS),
    "AWS Xen": ({"sys_vendor": "Xen", "bios_version": "4.11.amazon"}, Hosting.AWS),
    "QEMU": ({"sys_vendor": "QEMU", "product_name": "Standard PC"}, Hosting.OTHER),
    "no DMI data": ({}, Hosting.OTHER),
}


@pytest.fixture
def dmi_dir(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize(("facts", "found"), MACHINES.values(), ids=MACHINES)
def test_it_knows_the_cloud_by_the_machines_dmi_data(
    dmi_dir: Path, facts: dict[str, str], found: Hosting
) -> None:
    """F10"""
    for name, text in facts.items():
        (dmi_dir / name).write_text(f"{text}\n")
    assert detect(dmi_dir) is found


def test_it_takes_files_that_are_no_text_and_none_at_all(dmi_dir: Path) -> None:
    """F10"""
    (dmi_dir / "product_name").write_bytes(b"\xff\xfe" * 9999)
    (dmi_dir / "sys_vendor").mkdir()
    assert detect(dmi_dir) is Hosting.OTHER
    assert detect(dmi_dir / "missing") is Hosting.OTHER


def test_it_believes_the_operator_before_the_machine(dmi_dir: Path) -> None:
    """F10"""
    (dmi_dir / "product_name").write_text("Google Compute Engine\n")
    assert hosting("azure", dmi_dir) is Hosting.AZURE
    assert hosting("other", dmi_dir) is Hosting.OTHER
    assert hosting("auto", dmi_dir) is Hosting.GCP
