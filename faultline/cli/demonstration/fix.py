"""Scene of a fix: requests that a server has refused are redriven once it is repaired."""

from rich.console import Console

from faultline.cli import display
from faultline.cli.demonstration.scene import Scene, begin
from faultline.client.api import ApiClient
from faultline.operations.demonstration import flaky_server
from faultline.operations.demonstration.plan import name_of_run, requests

TASKS = 4


def play(api: ApiClient, console: Console) -> Scene:
    """Play the scene: tasks fail because of a faulty server, which is repaired; then they are redriven."""
    console.print(
        f"\n[bold]A refusal, and a redrive[/]: {TASKS} requests to a server that refuses them with 422:\n"
        "that is permanent, so they are dead-lettered at once. Then the server is repaired, and they are\n"
        "redriven."
    )
    run = name_of_run()
    story = "a server that answers 422 until it is repaired"
    names = [f"refused-{n}-{run}" for n in range(1, TASKS + 1)]
    with flaky_server.running() as server:
        planned = requests(server.url, [(name, "strict", story, "SUCCEEDED") for name in names])
        scene = begin(api, console, planned)
        for _ in scene.follow():
            pass
        server.repair()
        console.print("[bold]The server is repaired[/]; each dead letter is redriven.")
        # One by one, since the stack may have dead letters that do not belong to the demonstration.
        for task_id in scene.tasks:
            answer = api.redrive(task_id)
            if not answer.ok:
                scene.broken.append(f"{task_id} was not redriven: {answer.problem()}")
        if not scene.broken:
            for _ in scene.follow(generation=1):
                pass
        scene.ends(server.effects())
    first = scene.tasks.get(names[0])
    if first:
        console.print(f"\n[bold]One task's history[/]: {names[0]}, with its first generation")
        console.print(display.history_table(dict(first)), soft_wrap=True)
    return scene
