"""Modules that only the console needs."""

import subprocess
import sys


def test_no_other_command_waits_for_a_web_server() -> None:
    """Neither the command nor the demonstration imports a web server when it starts."""
    program = (
        "import sys, faultline.cli.main, faultline.cli.console, faultline.cli.demonstration.command\n"
        "print(*{'nicegui', 'fastapi', 'uvicorn'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
