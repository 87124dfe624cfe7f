"""The `faultline` command from a shell: exit statuses, output, and one-line errors."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from faultline.operations.failure_rate import read_failure_rate
from faultline.operations.target import of_sandbox
from infra.stages import stage
from lambdas.domain.serialization import rfc3339
from sandbox.process import lifecycle, ports
from tests.eventually import eventually
from tests.sandbox.person import Person, console_of, has_a_key, person

__all__ = ["person"]  # fixtures


def test_a_sandbox_from_up_to_down(person: Person) -> None:
    """A session of `up --detach`, other commands and `down` leaves no process."""
    options = ("--failure-rate", "0.000001", "--port", person.port, "--console-port", "0")
    status, out, err = person.types("up", "--detach", *options)
    assert status == 0, err
    assert "0% of the attempts fail at random" in err
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    assert console_of(person) == out.splitlines()[0].removeprefix("Console").strip()
    outputs = person.reads("outputs")
    assert outputs["ApiUrl"].startswith(f"http://127.0.0.1:{person.port}/")
    assert outputs["ApiUrl"] in out
    has_a_key(person)

    receipt = person.reads("submit", '{"a": 1}', "--id", "mine", "--simulate", '{"failures": 1}')
    assert receipt["taskId"] == "mine"
    task = person.reads("wait", "mine")
    assert (task["attempts"], task["result"]) == (2, {"a": 1})
    assert person.reads("task", "mine") == task
    assert [each["taskId"] for each in person.reads("tasks", "--status", "SUCCEEDED")] == ["mine"]
    status, out, _ = person.types("task", "mine", "--port", person.port)
    assert (status, "RETRYING" in out) == (0, True)
    waits(person)
    submits_a_file(person)
    cancels(person)
    asks_a_running_task_to_stop(person)
    sees_a_circuit_open(person)
    rotates_the_secret_of_callbacks(person)
    redrives(person)
    sees_dashboards(person)
    reports_dead_letters(person)

    status, out, err = person.types("deploy", "--port", person.port, "--json")
    assert (status, json.loads(out)) == (0, outputs), err
    assert err.splitlines()[-1].startswith("it works: deployment-")
    # A deployment keeps the rate that `up` has set.
    assert read_failure_rate(of_sandbox(sandbox).session, stage("test")) == 0.000001
    status, _, err = person.types("up", "--detach", "--port", person.port)
    assert (status, err.splitlines()[-1]) == (
        1,
        f"faultline: a sandbox already runs on port {person.port} (process {sandbox.pid}); "
        f"to stop it: faultline down --port {person.port}",
    )
    status, _, err = person.types("task", "nothing", "--port", person.port)
    assert (status, err) == (1, "faultline: HTTP 404: There is no task nothing.\n")
    status, out, err = person.types("logs", "nothing", "--port", person.port)
    assert (status, out) == (0, "")
    assert err.startswith("nothing was logged about nothing since 20")
    loses_a_key(person)
    status, _, err = person.types("outputs", "--stage", "dev", "--port", person.port)
    assert status == 1
    assert err == f"faultline: faultline-dev is not deployed at http://127.0.0.1:{person.port}\n"

    assert person.types("down", "--port", person.port)[0] == 0
    assert lifecycle.find(int(person.port)) is None
    assert person.types("down", "--port", person.port) == (
        1,
        "",
        f"faultline: no sandbox runs on port {person.port}\n",
    )


def loses_a_key(person: Person) -> None:
    """Revoke a key, which is then refused, after checking that no process has it among its arguments."""
    key, seen = person.environment["FAULTLINE_API_KEY"], set[str]()
    process = person.starts("tasks", "--port", person.port)
    while process.poll() is None:
        seen |= {" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])}
        time.sleep(0.1)
    assert any(f"tasks --port {person.port}" in line for line in seen)
    assert not [line for line in seen if key in line]
    assert person.reads("keys", "revoke", "me")["name"] == "me"
    status, _, err = person.types("tasks", "--port", person.port)
    assert (status, "HTTP 403" in err) == (1, True)
    assert key not in err


def cancels(person: Person) -> None:
    """Cancel scheduled tasks, one by its id and others by a tag."""
    later = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    assert person.reads("submit", "--id", "later", "--run-at", later)["status"] == "SCHEDULED"
    waiting = ("wait", "later", "--timeout", "0", "--port", person.port)
    assert person.types(*waiting) == (
        1,
        "later SCHEDULED\n",
        "faultline: later is SCHEDULED and has not ended after 0 s\n",
    )
    assert person.reads("cancel", "later")["status"] == "CANCELLED"
    assert person.types(*waiting) == (1, "later CANCELLED\n", "faultline: later is CANCELLED\n")
    status, _, err = person.types("cancel", "later", "--port", person.port)
    assert (status, "HTTP 409" in err) == (1, True)
    for _ in range(2):
        person.reads("submit", "--run-at", later, "--tag", "late")
    assert person.reads("cancel", "--tag", "late") == {"cancelled": 2, "failed": [], "more": False}


def asks_a_running_task_to_stop(person: Person) -> None:
    """Cancel a running task, which still runs: the command and `task` say what was done."""
    person.reads("submit", "--id", "slow", "--simulate", '{"latencyMs": 25000}')
    person.waits_for("slow", "PROCESSING")
    asked = "slow is running and was asked to stop; if its attempt fails, it is cancelled\n"
    assert person.types("cancel", "slow", "--port", person.port) == (0, "slow PROCESSING\n", asked)
    status, out, err = person.types("task", "slow", "--port", person.port)
    assert (status, "PROCESSING" in out, err) == (0, True, asked)


def rotates_the_secret_of_callbacks(person: Person) -> None:
    """Rotate the secret that the deployment made, and see a task's callback."""
    first = person.reads("callbacks", "secret")["current"]
    assert first.startswith("whsec_")
    rotated = person.reads("callbacks", "rotate")
    assert rotated["former"] == first != rotated["current"]
    status, out, err = person.types("callbacks", "secret", "--port", person.port)
    assert (status, out.split()) == (0, [rotated["current"], first])
    assert "signed with both" in err

    later, deadline = (rfc3339(datetime.now(UTC) + timedelta(hours=hours)) for hours in (1, 2))
    options = ("--run-at", later, "--expires-at", deadline, "--callback", "https://api.example.com/")
    person.reads("submit", "--id", "told", *options)
    task = person.reads("task", "told")
    assert (task["expiresAt"], task["callback"]["url"]) == (deadline, "https://api.example.com/")


def sees_a_circuit_open(person: Person) -> None:
    """Call a port without a server until its circuit opens, and see which task opened it."""
    closed = ports.free()
    request = json.dumps({"url": f"http://127.0.0.1:{closed}/"})
    ids = {
        person.reads("submit", request, "--type", "http.request", "--simulate", "{}")["taskId"]
        for _ in range(3)
    }

    def parked() -> bool:
        histories = [person.api.task(id).body["history"] for id in ids]
        return any(entry["status"] == "PARKED" for history in histories for entry in history)

    eventually(parked, what="the circuit has opened")
    [circuit] = person.reads("circuits")
    assert circuit["name"] == f"127.0.0.1:{closed}"
    assert circuit["state"] in ("OPEN", "HALF_OPEN")
    assert circuit["openedBy"] in ids
    assert circuit["category"] == "NETWORK"
    status, out, _ = person.types("circuits", "--port", person.port)
    assert (status, circuit["name"] in out) == (0, True)


def sees_dashboards(person: Person) -> None:
    """Draw and print a dashboard's data, even if the stage lacks it; an unknown dashboard is an error."""
    there = person.reads("dashboard", "tasks")
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    cloudwatch = of_sandbox(sandbox).session.client("cloudwatch")
    cloudwatch.delete_dashboards(DashboardNames=["faultline-test-tasks"])
    drawn = person.reads("dashboard", "tasks")
    assert [each["title"] for each in drawn["graphs"]] == [each["title"] for each in there["graphs"]]

    def given_up() -> list[dict[str, Any]]:
        [graph] = [
            each
            for each in person.reads("dashboard", "errors")["graphs"]
            if each["title"] == "Given up, by category"
        ]
        return [line for line in graph["lines"] if any(line["values"])]

    lines = eventually(given_up, what="dead letters are counted")
    assert "VALIDATION" in {line["label"] for line in lines}
    overview = person.reads("dashboard", "faultline-test-overview", "--since", "30m")
    assert overview["periodSeconds"] == 120
    assert len(overview["alarms"]) > 10

    def alarms() -> bool:
        status, out, err = person.types("dashboard", "overview", "--port", person.port)
        assert (status, err) == (0, "")
        assert "faultline-test-overview  since " in out
        return "faultline-test-dead-letters\n" in out

    # Alarms are evaluated every few seconds.
    eventually(alarms, what="the alarm on dead letters is shown", every=0.5)
    status, _, err = person.types("dashboard", "nothing", "--port", person.port)
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("faultline: there is no dashboard nothing; there are: faultline-test-errors, ")
    assert "faultline-test-tasks" not in err


def waits(person: Person) -> None:
    """Submit a task, wait for its end, find it, and count it."""
    ended = person.reads("submit", "--wait", "--simulate", "{}", "--reference", "order 1", "--tag", "a")
    assert (ended["status"], ended["reference"], ended["tags"]) == ("SUCCEEDED", "order 1", ["a"])
    found = person.reads("tasks", "--reference", "order 1", "--tag", "a", "--status", "SUCCEEDED")
    assert [each["taskId"] for each in found] == [ended["taskId"]]
    assert person.reads("stats", "--window", "15m")["counts"]["SUCCEEDED"] == {"value": 2, "atLeast": False}
    status, out, _ = person.types("stats", "--port", person.port)
    assert (status, "given up in the last 1h: 0\n" in out) == (0, True)


def submits_a_file(person: Person) -> None:
    """Submit a file: bad lines are named, the others submitted, and a repetition submits nothing twice."""
    file = Path(person.environment["HOME"], "tasks.ndjson")
    file.write_text(
        '{"payload": {}, "simulate": {}, "reference": "file"}\n' * 3 + '{"payload": {}, "task_id": "x"}\n{\n'
    )
    command = ("submit", "--file", str(file), "--port", person.port)
    for said in ("3 submitted, 2 refused\n", "0 submitted, 3 already existed, 2 refused\n"):
        status, out, err = person.types(*command)
        assert (status, out) == (1, said)
        assert err.startswith("line 4: HTTP 400: Invalid fields: task_id. (task_id: ")
        assert "\nline 5: is not JSON: " in err
        assert err.endswith("\nfaultline: 2 of 5 lines were refused\n")
    assert len(person.reads("tasks", "--reference", "file")) == 3
    status, _, err = person.types(*command, "--wait")
    assert (status, err.startswith("faultline: --file cannot be combined with")) == (2, True)


def redrives(person: Person) -> None:
    """Redrive dead letters by category with a limit, by id, and by category with a changed payload."""
    refused = json.dumps({"error": "VALIDATION"})
    ids = {person.reads("submit", "--simulate", refused)["taskId"] for _ in range(3)}

    def dead(generation: int) -> bool:
        found = person.api.tasks(status="DEAD_LETTERED").body["tasks"]
        return ids <= {each["taskId"] for each in found if each["generation"] == generation}

    eventually(lambda: dead(0), what="all have died")
    preview = person.reads("redrive", "--category", "VALIDATION", "--dry-run")
    assert (preview["matched"], preview["more"], len(preview["sample"])) == (3, False, 3)
    assert person.reads("redrive", "--category", "VALIDATION", "--limit", "1") == {
        "redriven": 1,
        "failed": [],
        "more": True,
    }
    nothing = {"redriven": 0, "failed": [], "more": False}
    assert person.reads("redrive", "--category", "RATE_LIMIT") == nothing
    [once] = eventually(
        lambda: [task for id in ids if (task := person.api.task(id).body)["generation"] == 1],
        what="one is redriven",
    )
    for id in ids - {once["taskId"]}:
        assert person.reads("redrive", id)["generation"] == 1
    eventually(lambda: dead(1), what="all have died again")
    # The command ends, although each task dies again at once.
    done = {"redriven": 3, "failed": [], "more": False}
    assert person.reads("redrive", "--category", "VALIDATION", "--payload-patch", '{"x": 1}') == done
    eventually(lambda: dead(2), what="all have died once more")
    status, out, _ = person.types("task", once["taskId"], "--port", person.port)
    assert (status, "redriven with a corrected payload: generation 2" in out) == (0, True)


def reports_dead_letters(person: Person) -> None:
    """Count dead letters since a time, without showing a secret in a payload."""
    person.reads("submit", '{"password": "hunter2"}', "--id", "died", "--simulate", '{"error": "VALIDATION"}')
    person.waits_for("died", "DEAD_LETTERED")
    died = person.reads("task", "died")["history"][-1]["at"]
    status, out, _ = person.types("task", "died", "--port", person.port)
    assert (status, "VALIDATION, ONE_ATTEMPT" in out) == (0, True)
    found = person.reads("dlq", "report", "--since", died)
    assert (found["total"], found["byCategory"], found["byKind"]) == (1, {"VALIDATION": 1}, {"echo": 1})
    assert [(each["taskId"], each["payload"]) for each in found["samples"]] == [
        ("died", {"password": "*****"})
    ]
    assert person.reads("dlq", "report", "--since", "7d", "--limit", "1")["more"]
    assert person.reads("dlq", "report", "--since", "0s")["total"] == 0
    status, out, _ = person.types("dlq", "report", "--port", person.port)
    assert (status, "VALIDATION" in out, "attempt <n> was to fail" in out) == (0, True, True)
    assert "█" in out
    assert "hunter2" not in out
    status, _, err = person.types("dlq", "report", "--stage", "dev", "--port", person.port)
    assert status == 1
    assert err == f"faultline: faultline-dev is not deployed at http://127.0.0.1:{person.port}\n"
