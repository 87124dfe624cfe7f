"""scripts/setup on a machine where pip has settings."""

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

ROOT = Path(__file__).parents[2]
VERSION = "0.11.99"
UV = f"#!/bin/sh\necho uv {VERSION}\n"


def wheel(folder: Path) -> Path:
    """Make a wheel with a `uv` that only prints its version, and return the wheel's path."""
    name = f"uv-{VERSION}"
    path = folder / f"{name}-py3-none-any.whl"
    info = f"{name}.dist-info"
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {VERSION}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        program = ZipInfo(f"{name}.data/scripts/uv")
        program.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(program, UV)
        archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{name}.data/scripts/uv,,\n")
    return path


def test_settings_for_a_persons_own_packages_are_not_for_environments(tmp_path: Path) -> None:
    """Set-up works with `user = true` in pip's settings, which pip refuses in a virtual environment."""
    package = wheel(tmp_path)
    checkout, config = tmp_path / "checkout", tmp_path / "pip.conf"
    for folder in ("scripts", "requirements"):
        (checkout / folder).mkdir(parents=True)
    (checkout / "scripts" / "setup").write_text((ROOT / "scripts" / "setup").read_text())
    (checkout / "pyproject.toml").touch()
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    (checkout / "requirements" / "dev.txt").write_text(f"uv=={VERSION} \\\n    --hash=sha256:{digest}\n")
    config.write_text(
        f"[global]\nuser = yes\nno-index = true\nfind-links = {tmp_path}\n[install]\nuser = true\n"
    )
    programs = tmp_path / "programs"  # PATH has this Python, and no uv
    programs.mkdir()
    (programs / "python3.13").symlink_to(Path(sys.executable).resolve())
    done = subprocess.run(
        ["bash", "scripts/setup", "product"],
        cwd=checkout,
        env={
            "PATH": f"{programs}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PIP_CONFIG_FILE": str(config),
            "PIP_USER": "1",
            "LANG": os.environ.get("LANG", "C.UTF-8"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (checkout / ".venv" / "bin" / "uv").read_text() == UV
