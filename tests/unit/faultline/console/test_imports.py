"""Modules that only the console needs."""

import subprocess
import sys


def test_no_other_command_waits_for_a_web_server() -> None:
    """Even the demonstration, which can serve the console, does not import it at its start."""
    program = (
        "import sys, faultline.cli.main, faultline.cli.console, faultline.cli.demonstration.command\n"
        "print(*{'nicegui', 'fastapi', 'uvicorn'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
