"""JupyterLab as a learner sees it: `musicml lab` in headless Chromium.

A notebook is opened in work/, all its cells run, a slider is moved with the
keyboard and its picture answers, and the player's sound is decoded by the
browser and is not silent. Nothing is asked of any other host, and the console
stays free of errors. Screenshots go to tests/browser/artifacts/.

    make browser
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from musicml import cli
from musicml.classroom.build import METADATA
from musicml.classroom.work import prepare_work

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
ARTIFACTS = Path(__file__).parent / "artifacts"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip
PATIENCE = 90_000  # milliseconds, for one thing to appear

# What a lesson is made of, alone: when this fails as well, the fault is not the lesson's.
SAMPLE = "99_sample.ipynb"
SAMPLE_CELLS = [
    "from matplotlib.figure import Figure\nfrom musicml import show, sound",
    "show.listen(sound.tone(440, 1.0), title='A')",
    "def draw(n):\n    fig = Figure(figsize=(3, 2))\n    fig.subplots().plot(range(n))\n    return fig",
    "show.slider(draw, value=3, minimum=1, maximum=9, step=1, label='bars', at=(3, 6))",
]

# The indicator in the toolbar says idle before the connection stands, and what is run then is lost.
KERNEL_IS_READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    const kernel = context?.session?.kernel;
    return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""

RMS = """async audio => {
    const bytes = await (await fetch(audio.src)).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, 22050).decodeAudioData(bytes);
    const samples = sound.getChannelData(0);
    const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
    return {duration: audio.duration, decoded: sound.duration, rms: Math.sqrt(power)};
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve the lessons by the course's own command; gives the address, with its token."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "lessons", root / "lessons")
    work = prepare_work(root)
    sample = new_notebook(cells=[new_code_cell(source) for source in SAMPLE_CELLS], metadata=METADATA)
    nbformat.write(sample, work / SAMPLE)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
               f"--IdentityProvider.token={token}", "--expose-app-in-browser"]  # fmt: skip
    own = root / "jupyter"  # the user's own settings stay out
    environment = os.environ | {
        f"JUPYTER_{name}_DIR": str(own / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }  # fmt: skip
    # Cells outside the window would not be drawn, and could not be looked for.
    settings = own / "config/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')

    ARTIFACTS.mkdir(exist_ok=True)
    with open(ARTIFACTS / "server.log", "w") as log:
        server = subprocess.Popen(
            cli.lab_command(work, options), cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}", token
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address, server, patience=90):
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            return urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"JupyterLab does not answer; see {ARTIFACTS / 'server.log'}")


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="make browser installs it", exc_type=ImportError
    )
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "no Chromium on the PATH. On Debian and Ubuntu: sudo apt install chromium"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", [SAMPLE, *LESSONS])
def test_a_learner_opens_runs_moves_and_hears(lab, chromium, notebook):
    address, token = lab
    page = chromium.new_page(viewport={"width": 1200, "height": 1400})
    page.set_default_timeout(PATIENCE)
    outside, complaints = [], []

    def note_request(asked):
        if not asked.url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:")):
            outside.append(asked.url)

    page.on("request", note_request)
    page.on("websocket", note_request)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(f"{address}/lab/tree/{notebook}?reset&token={token}")
        page.wait_for_function(KERNEL_IS_READY)
        clear_outputs_then_run_all(page)
        check_outputs(page)
        check_slider(page)
        check_audio(page)
    finally:
        page.screenshot(path=ARTIFACTS / f"{notebook.removesuffix('.ipynb')}.png", timeout=20_000)
        page.close()
    assert outside == []
    assert complaints == []


def test_the_glossary_opens_as_a_page_and_leads_to_a_lesson(lab, chromium):
    address, token = lab
    page = chromium.new_page(viewport={"width": 1200, "height": 1400})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{address}/lab/tree/{SAMPLE}?reset&token={token}")
        page.locator(".jp-DirListing-item", has_text="glossary.md").dblclick()
        viewer = page.locator(".jp-MarkdownViewer")
        viewer.locator("li", has_text="learning rate").first.wait_for()
        viewer.locator("mjx-container").first.wait_for()
        viewer.locator("a", has_text="fit_a_line").first.click()
        page.locator(".lm-TabBar-tabLabel", has_text="01_fit_a_line.ipynb").wait_for()
    finally:
        page.screenshot(path=ARTIFACTS / "glossary.png", timeout=20_000)
        page.close()


def clear_outputs_then_run_all(page):
    """So that nothing that is found afterwards was stored in the file."""
    run(page, "notebook:clear-all-cell-outputs")
    assert page.locator(".jp-OutputArea-output").count() == 0
    run(page, "notebook:run-all-cells")


def run(page, command):
    """Call a command of JupyterLab and wait for its end. Its result, half the page, is not sent back."""
    page.evaluate("async command => { await jupyterapp.commands.execute(command) }", command)


def check_outputs(page):
    prompts = page.locator(
        ".jp-CodeCell:not(.jp-mod-noOutputs) .jp-InputPrompt, .jp-CodeCell .jp-InputPrompt"
    )
    numbers = [text.strip() for text in prompts.all_inner_texts()]
    assert numbers and all(text.strip("[]:").isdigit() for text in numbers), numbers
    for kind in ("error", "stderr"):
        found = page.locator(f'[data-mime-type="application/vnd.jupyter.{kind}"]')
        assert found.count() == 0, found.first.inner_text()
    assert page.locator(".jp-OutputArea-output img:not([alt])").count() == 0


def check_slider(page):
    """The right arrow moves the first slider, its label says so, and the picture beside it is another."""
    slider = page.locator(".widget-slider").first
    slider.wait_for(state="attached")
    box = page.locator(".widget-vbox", has=slider).first
    label, image = slider.locator(".widget-readout"), box.locator("img").first
    before = label.inner_text(), image.get_attribute("src"), image.get_attribute("alt")
    slider.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([image, before]) => document.contains(image) ? image.src != before : true",
        arg=[image.element_handle(), before[1]],
    )
    after = label.inner_text(), image.get_attribute("src"), image.get_attribute("alt")
    assert after[0] != before[0]
    assert after[1] != before[1] and after[1].startswith("data:image/png")
    assert after[2] != before[2]
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def check_audio(page):
    """Every player has a duration, and what the browser decodes from it can be heard."""
    players = page.locator(".jp-OutputArea-output audio")
    assert players.count() >= 1
    for audio in players.all():
        audio.evaluate("a => a.readyState >= 1 || new Promise(done => a.onloadedmetadata = () => done(true))")
        heard = audio.evaluate(RMS)
        assert 0.2 < heard["duration"] <= 10.5
        assert abs(heard["decoded"] - heard["duration"]) < 0.2
        assert heard["rms"] > 0.01, heard
