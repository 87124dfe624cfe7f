"""The process that ends functions with LocalStack."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually

LOCALSTACK = """
import subprocess, time
from sandbox.services.lambda_.executor.guardian import guardian

def start():
    command = ("/bin/sh", "-c", "sleep 600 & echo $!; wait")
    return subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)

watched, forgotten, another = start(), start(), start()
for each in (watched, forgotten, another):
    guardian().watch(each.pid)
guardian().forget(forgotten.pid)
guardian().forget(2**22)
(guardian().scratch / "a function's" / "folder").mkdir(parents=True)
children = (int(each.stdout.readline()) for each in (watched, another, forgotten))
print(guardian().scratch, *children, flush=True)
time.sleep(600)
"""
"""Starts three groups of two processes, of which the guardian watches two. Prints a process of each."""


@pytest.mark.parametrize("last", [signal.SIGKILL, signal.SIGTERM])
def test_watched_groups_end_with_localstack(last: signal.Signals) -> None:
    """All processes of watched groups, and the functions' files, are gone; other groups stay."""
    localstack = subprocess.Popen(
        (sys.executable, "-c", LOCALSTACK), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert localstack.stdout
    scratch, *ids = localstack.stdout.readline().rsplit(maxsplit=3)
    *watched, forgotten = map(int, ids)
    try:
        assert Path(scratch).is_dir()

        os.killpg(localstack.pid, last)

        eventually(lambda: not Path(scratch).exists())
        eventually(lambda: not any(map(_runs, watched)))
        assert _runs(forgotten)
    finally:
        localstack.kill()
        localstack.communicate()
        os.killpg(os.getpgid(forgotten), signal.SIGKILL)


def _runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
