"""The notebooks as people use them: opened in JupyterLab in a browser, *Run All Cells*, and what is then to be seen and heard.

Each runs at toy size on what the one before it wrote. Pictures of the pages are kept in tests/browser/screenshots.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
BOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("0*.ipynb"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 540_000  # ms that a notebook may take on a busy machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOY = {
    "train_per_class": 2, "eval_per_class": 1, "workers": 1, "encoder_width": 4, "encoder_embedding": 8, "encoder_epochs": 1,
    "encoder_batch": 8, "gf": 4, "df": 4, "gan_steps": 4, "gan_batch": 4, "rival_steps": 1, "grid_rows": 2, "judge_epochs": 1,
    "pictures_per_sound": 2, "robust_each": 1, "turned_clips": 1, "encoder_goal": 0.0, "judge_goal": 0.0, "generated_goal": 0.0,
}  # fmt: skip

BUSY = "[...document.querySelectorAll('.jp-InputPrompt')].filter(prompt => prompt.textContent.includes('*')).length"
FAULTS = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .map(picture => picture.complete && picture.naturalWidth > 50 && picture.getBoundingClientRect().width > 50)"""
PLAYERS = """async () => Promise.all([...document.querySelectorAll('.jp-OutputArea-output audio')].map(async player => {
    const known = new Promise(done => { player.onloadedmetadata = done; setTimeout(done, 10000); });
    player.load();
    await known;
    return [player.querySelector('source').type, player.currentSrc.split(';')[0], player.duration];
}))"""


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A headless Chromium of the machine's own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e .[browser]")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"there is no browser: none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # root cannot have one
        beeps = ["--use-fake-device-for-media-stream"]  # its own microphone, which beeps every second
        launched = playwright.chromium.launch(executable_path=found, args=sandbox + beeps)
        yield launched
        launched.close()


def at_toy_size(source: Path, target: Path) -> None:
    """A copy of a notebook whose parameters are the smallest there are, and which has no outputs."""
    book = nbformat.read(source, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            for name, value in TOY.items():
                cell.source = re.sub(rf"^({name}: \w+ =) \S+", rf"\1 {value}", cell.source, flags=re.MULTILINE)
    nbformat.write(book, target)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """JupyterLab as `make lab` starts it, on toy copies of the notebooks; its address, and the folder of its notebooks."""
    root = tmp_path_factory.mktemp("root")
    (root / "notebooks").mkdir()
    for name in BOOKS:
        at_toy_size(ROOT / "notebooks" / name, root / "notebooks" / name)
    own = {f"JUPYTER_{kind}_DIR": str(root / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **own, "A2I_ROOT": str(root), "PYTHONPATH": str(ROOT), "JUPYTER_TOKEN": "toy"}
    environment.pop("MPLBACKEND", None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--notebook-dir=notebooks"]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    with (root / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stderr=log)
    try:
        yield address_in(root / "log", server), root / "notebooks"
    finally:
        server.terminate()
        server.wait(60)


def address_in(log: Path, server: subprocess.Popen) -> str:
    """The address that the server tells once it is there."""
    while server.poll() is None:
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+", log.read_text()):
            return found[0]
    raise RuntimeError(f"JupyterLab ended:\n{log.read_text()}")


@pytest.fixture(scope="module")
def page(browser, lab) -> Iterator:
    """A page that the server knows."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(120_000)
    opened.goto(f"{lab[0]}/lab?token=toy")
    yield opened
    opened.close()


def sessions(page, address: str) -> list[dict]:
    """The server's open notebooks with their kernels."""
    return page.request.get(f"{address}/api/sessions?token=toy").json()


def wait_for_kernel(page, address: str) -> None:
    """Waits until the page is connected to a kernel that has nothing to do: what is asked for sooner is lost."""
    for _ in range(1200):
        kernels = [session["kernel"] for session in sessions(page, address)]
        if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"no kernel for this page: {kernels}")


def run_all(page, address: str, name: str) -> None:
    """Opens a notebook, chooses Run > Run All Cells, waits until none runs, and saves it."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell")
    wait_for_kernel(page, address)
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(f"{BUSY} > 0")
    page.wait_for_function(f"{BUSY} === 0", timeout=PATIENCE)
    page.keyboard.press("Control+s")


def photograph(page, name: str) -> None:
    """Keeps a picture of the whole notebook, as if the screen were as high as it is."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.set_viewport_size({"width": 1280, "height": 9000})
    page.screenshot(path=SCREENSHOTS / f"{Path(name).stem}.jpg", type="jpeg", quality=60)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_runs_in_jupyterlab_and_its_figures_and_players_work(page, lab, name):
    address, folder = lab
    try:
        run_all(page, address, name)
    finally:
        photograph(page, name)
    assert page.locator(FAULTS).all_inner_texts() == []
    assert all(cell["execution_count"] for cell in json.loads((folder / name).read_text())["cells"] if cell["cell_type"] == "code")
    shown = page.evaluate(PICTURES)
    assert shown and all(shown)
    players = page.evaluate(PLAYERS)
    assert bool(players) is ("gallery.player(" in (folder / name).read_text())
    for kind, source, seconds in players:
        assert (kind, source) == ("audio/ogg", "data:audio/ogg")
        assert seconds > 1
    if "panel.show(" in (folder / name).read_text():
        respond(page)
    for session in sessions(page, address):  # the next notebook has the memory to itself
        page.request.delete(f"{address}/api/sessions/{session['id']}?token=toy")


def respond(page) -> None:
    """Turns the panel's noise, upon which another picture must come."""
    before = page.locator(".jupyter-widgets img").get_attribute("src")
    page.locator(".widget-hslider", has_text="noise").locator(".noUi-handle").press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.jupyter-widgets img').src !== before", arg=before)
    photograph(page, "06_panel")


def test_the_panel_records_from_the_microphone_and_says_where_it_may_not(page, lab, run):
    address, folder = lab
    lines = ["import numpy as np", "from a2i import imagine", "from a2i.imagine import panel"]
    lines += [f"panel.show(imagine.load({str(run)!r}), {{'hum': np.sin(np.arange(88200) / 16)}})"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = nbformat.v4.new_notebook(metadata=kernel, cells=[nbformat.v4.new_code_cell("\n".join(lines))])
    nbformat.write(book, folder / "panel.ipynb")
    run_all(page, address, "panel.ipynb")
    told = page.locator(".jupyter-widgets.widget-html")
    dropdown = page.locator(".widget-dropdown", has_text="sound")
    page.get_by_role("button", name="record", exact=True).click()
    told.get_by_text("the browser denies the microphone: allow it for this page, or give a file").wait_for()
    page.context.grant_permissions(["microphone"])
    before = page.locator(".jupyter-widgets img").get_attribute("src")
    page.get_by_role("button", name="record", exact=True).click()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="stop").click()
    page.wait_for_function("before => document.querySelector('.jupyter-widgets img').src !== before", arg=before)
    photograph(page, "panel_recorded")
    assert dropdown.locator("option:checked").inner_text().split() == ["recording", "1"]
    told.get_by_text("heard: ").wait_for()
    page.get_by_role("button", name="record", exact=True).click()  # and ends by itself
    dropdown.locator("option", has_text=re.compile("recording.2")).wait_for(state="attached")
