"""Memory that forked execution environments share."""

from pathlib import Path
from textwrap import dedent

from sandbox.services.lambda_.executor.reload import LivePackage, without_bytecode
from tests.plugins.lambda_.invoking import Start, invoke, is_fresh


def test_botocores_data_is_read_once(start: Start, artifact: Path) -> None:
    """Botocore's endpoints and the models that the code uses are read once, unlike other models."""
    code = """
        import os
        import boto3
        from botocore.loaders import create_loader

        QUEUES = boto3.client("sqs", region_name="us-east-1")

        def model(service):
            return create_loader().load_service_model(service, "service-2")

        def handler(event, context):
            return {
                "parent": os.getppid(),
                "shared": [
                    create_loader().load_data("endpoints") is create_loader().load_data("endpoints"),
                    model("sqs") is model("sqs"),
                    model("sns") is model("sns"),
                ],
                "same": model("sqs") == QUEUES.meta.service_model._service_description,
            }
    """
    (artifact / "app.py").write_text(dedent(code))

    found = invoke(start())

    assert not is_fresh(found)
    assert found["shared"] == [True, True, False]
    assert found["same"]


def test_botocores_repeated_work_is_shared(start: Start, artifact: Path) -> None:
    """Sessions find what the server's own session has computed, and compute the rest."""
    code = """
        import os
        import boto3
        from botocore import hooks

        def client():
            return boto3.client("sqs", region_name="us-east-1")

        def names(aliases=None):
            return hooks.EventAliaser(hooks.HierarchicalEmitter(), aliases)._alias_name_cache

        def handler(event, context):
            accepts = [hooks.accepts_kwargs(each) for each in (lambda **some: 1, lambda some: 1)]
            return {
                "parent": os.getppid(),
                "names": [names() is names(), len(names()) > 50],
                "own_aliases": names({"a": "b"}),
                "accepts": list(map(bool, accepts)),
            }
    """
    (artifact / "app.py").write_text(dedent(code))

    found = invoke(start())

    assert not is_fresh(found)
    assert found["names"] == [True, True]
    assert found["own_aliases"] == {}
    assert found["accepts"] == [True, False]


def test_bytecode_is_read_once_until_its_file_changes(start: Start, artifact: Path) -> None:
    """Each process executes a function's module itself, from bytecode that the server has read."""
    code = """
        import os, sys
        import own

        def handler(event, context):
            shared = sys.getrefcount(own.answer.__code__) == sys.getrefcount(None)
            return {"parent": os.getppid(), "own": own.EXECUTED_BY, "answer": own.answer(), "shared": shared}
    """
    own = artifact / "own.py"
    own.write_text("import os\nEXECUTED_BY = os.getpid()\ndef answer(): return 1")
    (artifact / "app.py").write_text(dedent(code))

    one, other = invoke(start()), invoke(start())
    own.write_text(own.read_text() + "0")
    changed = invoke(start())

    assert one["parent"] == other["parent"] == changed["parent"]
    assert len({each["own"] for each in (one, other, changed)} - {one["parent"]}) == 3
    assert [each["answer"] for each in (one, other, changed)] == [1, 1, 10]
    assert [each["shared"] for each in (one, other, changed)] == [True, True, False]


def test_bytecode_is_shared_with_hot_reload(start: Start, artifact: Path, tmp_path: Path) -> None:
    """Beside an edited module, those of the artifact are not compiled again; they have the link's path."""
    code = """
        import sys
        import own

        def handler(event, context):
            code = own.answer.__code__
            return {"file": code.co_filename, "shared": sys.getrefcount(code) == sys.getrefcount(None)}
    """
    (artifact / "own.py").write_text("def answer(): return 1")
    edited = tmp_path / "app.py"
    edited.write_text(dedent(code))
    live = LivePackage(edited).over(artifact, tmp_path / "live")

    found = invoke(start(task_root=live, **without_bytecode(tmp_path)))

    assert found == {"file": str(live / "own.py"), "shared": True}


def test_using_a_librarys_objects_copies_little_of_its_memory(start: Start, artifact: Path) -> None:
    """Reading a library's objects leaves nearly all of their pages, 25 MB, shared with the server."""
    (artifact / "library.py").write_text("OBJECTS = [[str(n), {n: (n, n)}] for n in range(100_000)]")
    code = r"""
        import os, pathlib, re
        import library

        def private_kilobytes():
            lines = pathlib.Path("/proc/self/smaps_rollup").read_text()
            return sum(map(int, re.findall(r"Private_\w+: +(\d+) kB", lines)))

        def handler(event, context):
            before = private_kilobytes()
            for each in library.OBJECTS:
                assert [each, *each, *each[1], *each[1].values()]
            return {"parent": os.getppid(), "copied": private_kilobytes() - before}
    """
    (artifact / "app.py").write_text(dedent(code))

    found = invoke(start())

    assert not is_fresh(found)
    assert found["copied"] < 5_000
