"""The results as a section of a Markdown document: conditions, table, definitions and plots."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import MarkersMissing
from benchmarks.figures import plots
from benchmarks.results import Results
from benchmarks.table import markdown, tasks_measured

BEGIN = "<!-- benchmark -->"
END = "<!-- /benchmark -->"


def insert(file: Path, section: str) -> None:
    """Replace the text between the markers of a document.

    Raises:
        MarkersMissing: If the document lacks a marker.
        OSError: If the file cannot be read or written.
    """
    text = file.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersMissing(file, BEGIN, END)
    file.write_text(f"{before}{BEGIN}\n{section}\n{END}{after}")


def section(results: Results, pictures: Sequence[str]) -> str:
    """Render the section between the markers.

    Args:
        results: The results to show.
        pictures: The plots' files, relative to the document.
    """
    titles = {name: figures[0].title for name, figures in plots().items()}
    shown = [f"![{titles[Path(each).stem]}]({each})" for each in pictures]
    return "\n\n".join(
        [
            _conditions(results),
            markdown(results),
            "\n".join(
                f"- **{each.title}** {each.version}: {each.setup}" for each in results.emulators.values()
            ),
            "<details><summary>What each line is</summary>\n\n" + _definitions() + "\n\n</details>",
            "<details><summary>Plots</summary>\n\n" + "\n\n".join(shown) + "\n\n</details>",
        ]
    )


def _conditions(results: Results) -> str:
    machine, plan = results.machine, results.plan
    rounds = "one round" if plan["rounds"] == 1 else f"the medians of {plan['rounds']} rounds"
    return (
        f"Measured by `scripts/bench` on {machine['date'][:10]}, commit {machine['commit']}: "
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memoryGb']:g} GB, {machine['os']}, "
        f"Python {machine['python']}; {rounds}. The same artifact and the same CloudFormation template "
        f"everywhere, one emulator after the other. Tasks for throughput: {tasks_measured(results)}."
    )


def _definitions() -> str:
    return "\n".join(
        f"- *{figures[0].title}*: {' '.join(dict.fromkeys(figure.definition for figure in figures))}"
        for figures in plots().values()
    )
