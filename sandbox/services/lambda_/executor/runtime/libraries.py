"""Preloading of the libraries that a function's own code imports.

The function's own code is not imported, since each execution environment must initialize it. A library is
left out, too, if its import reads a variable that differs between environments, changes a variable, opens a
file or a socket, or starts a thread. X-Ray's SDK is an example.
"""

import ast
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

RUNTIME = ("awslambdaric", "runtime_client")
"""Names of the runtime client, which reads settings and connects when all of it is imported."""

IMPORTED_ANYWAY = (
    "awslambdaric.lambda_context",
    "awslambdaric.lambda_runtime_log_utils",
    "awslambdaric.lambda_runtime_marshaller",
    "encodings.idna",
)
"""Modules that each process would import: parts of the runtime client that do neither, and Python's encoding
of host names, which the first connection needs."""

MAX_SOURCES = 1000
"""Maximum number of files to search for imports, in case an artifact has no metadata of its libraries."""

_OF_AN_ENVIRONMENT = re.compile(r"AWS_|LAMBDA_|_AWS_|_LAMBDA_|_X_AMZN_|_HANDLER$|TMPDIR$|\*$")
"""Pattern of variables that Lambda sets. `*` stands for all variables."""

_IMPORT = re.compile(rb"^(?:from [\w.]+ import (?:\([^)]*\)|[^\n(]+)|import [^\n]+)", re.MULTILINE)
"""Pattern of imports that run when their module is imported: those that are not indented."""

_CLIENT = re.compile(rb"""(?:client|resource)\(\s*(?:service_name\s*=\s*)?["']([a-z0-9-]+)["']""")
"""Pattern of the creation of a client, as in `boto3.client("sqs")`."""

_READ_BY_C = ("PYTHON", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_", "OMP_", "OPENBLAS_", "MKL_")
"""Prefixes of variables that C code may have read."""

TAKEN_OVER = frozenset(("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"))
"""Variables that `fork_server` sets in the interpreter."""


class Unfit(Exception):
    """A library cannot be preloaded: each environment must import it."""

    def __init__(self, library: str, reason: str) -> None:
        super().__init__(f"{library}: {reason}")
        self.library = library


class Imports:
    """What the libraries and the function's own code need, and the libraries' use of environment variables.

    Attributes:
        own: The files of the function's own code, and of the libraries that each environment imports for
            itself.
        services: The AWS services for which the code creates clients.
        read: The variables that were read, with the values that they had.
        changed: The variables that were changed.
    """

    def __init__(self) -> None:
        self.own: list[Path] = []
        self.services = set[str]()
        self.read: dict[str, str | None] = {}
        self.changed: list[str] = []

    def differing(self, environment: Mapping[str, str]) -> str | None:
        """Return a variable that could change the effect of the imports in an environment, or None."""
        for name, value in self.read.items():
            if environment.get(name) != value:
                return name
        for name in environment:
            if name.startswith(_READ_BY_C) and name not in TAKEN_OVER:
                return name
        return None

    def dependence(self) -> str | None:
        """Return the reason why no environment can use the imports, or None."""
        for name, value in self.read.items():
            if value is None and _OF_AN_ENVIRONMENT.match(name):
                return f"reads {name}"
        return f"changes {self.changed[0]}" if self.changed else None


def import_libraries(task_root: str, runtime_root: str, left_out: Iterable[str]) -> Imports:
    """Import the libraries that the code of an artifact and AWS's runtime client import.

    Args:
        task_root: The artifact's folder.
        runtime_root: The folder of the runtime client.
        left_out: The libraries not to import; their own imports are still made.

    Raises:
        Unfit: A library must be left out. As its import cannot be undone, another process must start over.
    """
    imports = Imports()
    kind, os.environ.__class__ = os.environ.__class__, _recording(imports)
    free = _lowest_free_descriptor()
    try:
        for library, statement in _statements(Path(task_root), Path(runtime_root), left_out, imports):
            try:
                exec(statement, {})  # noqa: S102 # the function itself is about to execute it
            except BaseException as error:
                missing = isinstance(error, ModuleNotFoundError) and error.name == library
                if not missing:  # the function itself reports a missing library
                    raise Unfit(library, repr(error)) from error
            if reason := imports.dependence():
                raise Unfit(library, reason)
            if _lowest_free_descriptor() != free:
                raise Unfit(library, "opens a file or a socket")
            if _threads() > 1:
                raise Unfit(library, "starts a thread")
    finally:
        os.environ.__class__ = kind
    return imports


def _statements(
    task_root: Path, runtime_root: Path, left_out: Iterable[str], imports: Imports
) -> list[tuple[str, str]]:
    """Return imports of the function's own code and IMPORTED_ANYWAY, each with the library's name."""
    own = [*_own_names(task_root), *RUNTIME, *left_out]
    folders = [folder / name for name in own for folder in (task_root, runtime_root)]
    files = (file for each in folders for file in (each.with_suffix(".py"), *each.rglob("*.py")))
    anyway = ((name.partition(".")[0], f"import {name}") for name in IMPORTED_ANYWAY)
    found = {(library, statement) for library, statement in anyway if library not in left_out}
    imports.own = list(islice(filter(Path.is_file, files), MAX_SOURCES))
    for file in imports.own:
        source = file.read_bytes()
        imports.services |= {name.decode() for name in _CLIENT.findall(source)}
        for text in _IMPORT.findall(source):
            found |= {(library, line) for library, line in _imports(text) if library not in own}
    return sorted(found)


def _imports(text: bytes) -> Iterator[tuple[str, str]]:
    """Yield the imports of a statement, each with the library's name."""
    try:
        [node] = ast.parse(text).body
    except (SyntaxError, ValueError):
        return  # text of a docstring, or an error that the function will report
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0], ast.unparse(node)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.partition(".")[0], f"import {alias.name}"


def _own_names(task_root: Path) -> set[str]:
    """Return the top-level names of an artifact that belong to no installed distribution.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    libraries = set[str]()
    for folder in task_root.glob("*.dist-info"):
        libraries.add(folder.name.partition("-")[0].lower())
        for name in ("RECORD", "top_level.txt"):
            if (folder / name).is_file():
                lines = (folder / name).read_text("utf-8", "replace").splitlines()
                libraries |= {_top(line.partition(",")[0]).lower() for line in lines}
    names = {_top(entry.name) for entry in task_root.iterdir()}
    return {name for name in names if name.lower() not in libraries}


def _top(path: str) -> str:
    return path.partition("/")[0].partition(".")[0]


def _recording(imports: Imports) -> type:
    """Return a class for `os.environ` that records its use."""

    class Recording(type(os.environ)):  # type: ignore[misc]
        def __getitem__(self, name: str) -> str:
            imports.read.setdefault(name, None)
            value: str = super().__getitem__(name)
            imports.read[name] = value
            return value

        def __iter__(self) -> Iterator[str]:
            imports.read["*"] = None
            yield from super().__iter__()

        def __setitem__(self, name: str, value: str) -> None:
            imports.changed.append(name)
            super().__setitem__(name, value)

        def __delitem__(self, name: str) -> None:
            imports.changed.append(name)
            super().__delitem__(name)

    return Recording


def _lowest_free_descriptor() -> int:
    free = os.dup(0)
    os.close(free)
    return free


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:  # it is not mounted
        return threading.active_count()
