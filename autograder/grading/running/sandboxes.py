"""Which sandbox this machine gives: tried, not guessed."""

import functools
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import autograder
import latentkit
from autograder.authoring.bundle import write_bundle
from autograder.grading.running import devices, gvisor
from autograder.grading.running.syscalls import FilterUnavailable, compiled
from autograder.worker.boot import PRIVATE
from autograder.worker.sandbox import TIERS, Confinement, Sandbox, tier_called

AUTO = "auto"
CHOICES = (AUTO, *(tier.name for tier in TIERS))
DATA_FOLDERS = ("LATENTKIT_DATA_MIRROR", "NLTK_DATA", "LATENTKIT_DATA")
"""Environment variables that name folders of data, which a submission may read."""

_PROBE = "import sys; sys.path.extend(sys.argv[3:]); from autograder.worker.boot import probe; probe()"


class NoSandbox(RuntimeError):
    """This machine gives none of the sandboxes asked for; the message says why and what to do."""


def data_folders() -> dict[str, str]:
    """Those of DATA_FOLDERS that are set, each folder by its real path: one that is named from where the course lies,
    such as course/../data, would tell that. NLTK_DATA may name several."""
    given = {name: os.environ[name] for name in DATA_FOLDERS if os.environ.get(name)}
    return {name: os.pathsep.join(map(os.path.realpath, value.split(os.pathsep))) for name, value in given.items()}


def choose(wanted: str = AUTO) -> str:
    """The name of the tier to use: the one wanted, or the strongest that works here.

    Raises:
        NoSandbox: it does not work here.
        ValueError: there is no such tier.
    """
    tried = _candidates(wanted)
    for tier in tried:
        if not tier.confines or not obstacle(tier.name):
            return tier.name
    reasons = "; ".join(f"{tier.name}: {obstacle(tier.name)} (needed: {tier.needs})" for tier in tried)
    raise NoSandbox(
        f"this machine cannot confine submissions. {reasons}. Grade on a Linux machine that can, or, for submissions "
        "that you trust like your own code, with --sandbox none"
    )


def likely(wanted: str = AUTO) -> str:
    """The name of the tier that `choose` tries first, and on most machines gives; raises ValueError as it does."""
    return _candidates(wanted)[0].name


def _candidates(wanted: str) -> list[type[Sandbox]]:
    return chosen_alone() if wanted == AUTO else [tier_called(wanted)]


def confining() -> list[type[Sandbox]]:
    """The tiers that strangers' submissions may be run in, the strongest first."""
    return [tier for tier in TIERS if tier.confines]


def chosen_alone() -> list[type[Sandbox]]:
    """Those that are used where none is named."""
    return [tier for tier in confining() if not tier.on_request]


def cautions(used: Collection[str]) -> list[str]:
    """What this machine's kernel does less well, for the tiers that grades were made in, named as in a grade."""
    return [told for tier in TIERS if any(name.split(",")[0] == tier.name for name in used) if (told := tier.caution())]


def confinement(tier: str, bundle: Path, hidden: Sequence[Path] = (), device: str = devices.CPU) -> Confinement:
    """What a worker is told of its sandbox.

    Args:
        tier: what `choose` gave.
        bundle: the kit's code for submissions.
        hidden: folders that no submission may see, such as the course's.
        device: what functions are judged on; "cuda" opens the GPU.
    """
    data = [folder for value in data_folders().values() for folder in value.split(os.pathsep)]
    visible = [*map(str, search_path(bundle)), *data]
    program = compiled(gpu=device == devices.CUDA).hex() if tier_called(tier).confines else ""
    kit = [Path(str(package.__file__)).parent for package in (autograder, latentkit)]  # holds the answers
    kept_back = [*hidden, *kit, *_pointers(search_path(bundle)[1:])]
    return Confinement(
        tier,
        program,
        tuple(visible),
        _all_names(kept_back, map(Path, visible)),
        device,
        tuple(map(str, devices.nodes(device))),
        tuple(map(str, devices.drivers(device))),
        os.environ.get("CUDA_VISIBLE_DEVICES"),
    )


def _all_names(hidden: Iterable[Path], visible: Iterable[Path]) -> tuple[str, ...]:
    """The real paths of what is hidden, and its paths below each visible folder that is reached through a link."""
    real = [path.resolve() for path in hidden]
    links = [(folder, folder.resolve()) for folder in visible if folder != folder.resolve()]
    below = [folder / path.relative_to(end) for folder, end in links for path in real if path.is_relative_to(end)]
    return tuple(dict.fromkeys(map(str, (*real, *below))))


def search_path(bundle: Path) -> list[Path]:
    """The bundle before the libraries. Start-up files stay unread, so that no editable install is active."""
    libraries = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")]
    found = map(importlib.util.find_spec, ("torch", "numpy", "IPython"))  # an import would take seconds
    libraries += [Path(spec.origin).parents[1] for spec in found if spec is not None and spec.origin is not None]
    return [bundle, *dict.fromkeys(libraries)]


_POINTERS = ("*.pth", "*.egg-link", "__editable__*", "__pycache__/__editable__*", "*.dist-info/direct_url.json")
"""Files beside libraries by which installers note where on this machine something was installed from."""


def _pointers(libraries: Sequence[Path]) -> list[Path]:
    return sorted(path for folder in libraries for pattern in _POINTERS for path in folder.glob(pattern))


def _inside(described: Confinement, bundle: Path) -> list[str]:
    return [described.to_argument(), *map(str, search_path(bundle))]


@functools.cache
def obstacle(tier: str) -> str:
    """Why a tier does not work on this machine; "" where it does."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} is not Linux"
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        try:
            bundle = write_bundle(Path(folder) / "bundle")
            (Path(folder) / PRIVATE).write_text("not for submissions")
            described = confinement(tier, bundle)
            command = [sys.executable, "-I", "-S", "-c", _PROBE, "-", *_inside(described, bundle)]
            if not tier_called(tier).on_judges_kernel:
                command = gvisor.container(Path(folder) / "container", command, {"TMPDIR": "/tmp"}, described)
        except (FilterUnavailable, OSError) as error:
            return str(error)
        try:
            tried = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return "it did not start within a minute"
    if tried.returncode != 0:
        return (tried.stderr.strip().splitlines() or ["it did not start"])[-1]
    return f"a confined process could still {tried.stdout.replace('_', ' ')}" if tried.stdout else ""
