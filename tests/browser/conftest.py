"""A JupyterLab of its own for the browser tests, on a temporary folder, and a headless Chromium to look at it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.notebook import grade_id, kind, read_source
from autograder.authoring.release import Release, build_release
from autograder.course import Course
from tests.browser.figures import LAWS, saved_notebook
from tests.browser.jupyter_server import CHROMIUM_FLAGS, PATIENCE, Lab, find_chromium, jupyter_lab

COURSE = Course.find(Path(__file__).parent)
FIGURES = {
    "ps2_sentence_vae": [
        "from latentkit.explore import hidden_words, sentence_homotopy\n"
        "from latentkit.trained import load_trained\n"
        "trained = load_trained('sentence_vae')",
        "hidden_words(trained.model, load_trained('language_model').model, trained.vocabulary)",
        "sentence_homotopy(trained.model, trained.vocabulary)",
    ],
    "ps4_mixture_vae": [
        "from latentkit.explore import collapse_and_cure",
        "collapse_and_cure()",
    ],
    "ps5_lda": [
        "from latentkit.data import count_words, load_documents\n"
        "from latentkit.explore import dirichlet_simplex, topic_browser\n"
        "from latentkit.topics import VariationalLDA\n"
        "counts = count_words(load_documents('embedded').texts)\n"
        "model = VariationalLDA(10, random_state=0).fit(counts.matrix)",
        "dirichlet_simplex()",
        "topic_browser(model.topic_word_, model.doc_topic_, counts.matrix, counts.words)",
    ],
}
"""The explorables of a problem set without its trainings, which are too long for a busy machine."""

CARDS = [
    "import torch\nfrom latentkit.check import check, showing",
    "def kl_to_standard_normal(mu, logvar):\n    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)",
    'check("kl_to_standard_normal", kl_to_standard_normal)',
    "def bernoulli_log_likelihood(x, logits):\n    print('shape', tuple(x.shape))\n    return (x @ logits).sum(-1)",
    'check("bernoulli_log_likelihood", bernoulli_log_likelihood)',
    "def elbo(x, logits, mu, logvar, beta=1.0):\n    raise NotImplementedError()",
    'check("elbo", elbo)',
    'with showing("elbo"):\n    elbo(1, 2, 3, 4)',
    "def elbo_from_joint(log_joint, log_posterior):\n    while True:\n        log_joint = log_joint + 1",
    'check("elbo_from_joint", elbo_from_joint, limit=1)',
    "def reparameterize(mu, logvar):\n    return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)",
    'check("reparameterize", reparameterize)',
]
"""A right answer among wrong ones of every kind."""

WRONG_KL = """def kl_to_standard_normal(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    return find_chromium() or pytest.skip("there is no Chromium on this machine; .ci/run installs it")


@pytest.fixture(scope="session")
def release() -> Release:
    return build_release(COURSE, "ps1_elbo")


@pytest.fixture(scope="session")
def lab(chromium, release, tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab on the solved notebook, on a student's copy with one wrong answer, and on the other sets' figures."""
    folder, state = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("jupyter")
    for name, notebook in (("solved", release.solved), ("student", handed_in(release))):
        (folder / name).mkdir()
        nbformat.write(notebook, folder / name / "ps1_elbo.ipynb")
        (folder / name / "cases.npz").write_bytes(release.cases)
    (folder / "figures").mkdir()
    for name, sources in FIGURES.items():
        figures = new_notebook(cells=[new_code_cell(source) for source in sources], metadata=release.solved.metadata)
        nbformat.write(figures, folder / "figures" / f"{name}.ipynb")
    write_figures(folder / "figures", state)
    (folder / "cards").mkdir()
    cards = new_notebook(cells=[new_code_cell(source) for source in CARDS], metadata=release.solved.metadata)
    nbformat.write(cards, folder / "cards" / "cards.ipynb")
    (folder / "cards" / "cases.npz").write_bytes(release.cases)
    with jupyter_lab(folder, state) as running:
        yield running


def write_figures(folder: Path, state: Path) -> None:
    """The live figures to be run; and as they are saved, once trusted and once not."""
    cells = [new_code_cell(law.cell) for law in LAWS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "live.ipynb")
    (state / "data").mkdir()
    notebook = saved_notebook()
    for name in ("reopened", "untrusted"):
        notebook.metadata["title"] = name  # the signature is of the whole notebook
        nbformat.write(notebook, folder / f"{name}.ipynb")
        if name == "reopened":
            NotebookNotary(data_dir=str(state / "data")).sign(notebook)


@pytest.fixture
def solved_notebook(lab) -> Callable[[str], str]:
    """Put a problem set's solved notebook into the Lab, with its cases; returns its address."""

    def put(name: str) -> str:
        folder = lab.folder / "solved" / name
        folder.mkdir()
        nbformat.write(read_source(COURSE.source(name)), folder / f"{name}.ipynb")
        shutil.copy(COURSE.release_cases(name), folder)
        return lab.notebook_url(f"solved/{name}/{name}.ipynb")

    return put


@pytest.fixture
def page(chromium, tmp_path):
    """A page in a browser with a fresh profile."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            args=CHROMIUM_FLAGS,
            viewport={"width": 1300, "height": 1000},
        )
        browser.set_default_timeout(1000 * PATIENCE)
        yield browser.pages[0] if browser.pages else browser.new_page()
        browser.close()


@pytest.fixture
def photograph():
    """Keep a picture of a page in build/browser/, for a person to look at."""
    folder = COURSE.root / "build" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"{name}.png")


def handed_in(release: Release) -> NotebookNode:
    """The student's notebook with everything answered, but a KL that lacks its factor of one half.

    Its trainings are left out: Validate runs all cells, which takes long on a busy machine.
    """
    solutions = {grade_id(cell): cell.source for cell in release.solved.cells if kind(cell) == "solution"}
    solutions["kl_to_standard_normal"] = WRONG_KL
    notebook = nbformat.from_dict(release.notebook)
    notebook.cells = [cell for cell in notebook.cells if "training" not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        if kind(cell) == "solution":
            cell.source = solutions[grade_id(cell)]
        if kind(cell) == "written":
            cell.source = "By Jensen's inequality."
    return notebook
