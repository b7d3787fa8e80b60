"""One import name for four folders: links of an editable install, and no module twice."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook as a module."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    spec = importlib.util.spec_from_file_location("memrig_hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(hook: ModuleType, tmp_path: Path) -> Path:
    """A made-up checkout with the folders that are shipped, in a path with a space."""
    root = tmp_path / "my checkout"
    for folder in hook.FOLDERS.values():
        (root / folder).mkdir(parents=True)
    return root


def links(root: Path) -> dict[str, Path]:
    base = root / "build" / "dev"
    found = (*base.glob("*"), *(base / "memrig").glob("*"))
    return {one.relative_to(base).as_posix(): one.resolve() for one in found if one.is_symlink()}


def expected(hook: ModuleType, root: Path) -> dict[str, Path]:
    return {name: (root / folder).resolve() for name, folder in hook.FOLDERS.items()}


def test_every_folder_is_linked_once(hook, checkout):
    hook.link_folders(checkout)
    hook.link_folders(checkout)
    assert links(checkout) == expected(hook, checkout)


def test_a_link_that_leads_elsewhere_is_repaired(hook, checkout, tmp_path):
    hook.link_folders(checkout)
    link = checkout / "build" / "dev" / "memrig" / "hil"
    link.unlink()
    link.symlink_to(tmp_path / "gone", target_is_directory=True)
    hook.link_folders(checkout)
    assert links(checkout) == expected(hook, checkout)


def test_links_of_folders_that_are_no_more_are_removed(hook, checkout):
    hook.link_folders(checkout)
    for stale in ("memrig/old", "old_name"):
        (checkout / "build" / "dev" / stale).symlink_to(checkout / "hil")
    hook.link_folders(checkout)
    assert links(checkout) == expected(hook, checkout)


IMPORT_ALL = """
import importlib, pkgutil, sys
names = ["hil", "drivers", "sim"]
try:
    import pyqtgraph
    names.append("gui")
except ImportError:
    pass  # without the windows, or without the libraries that Qt needs
for name in names:
    package = importlib.import_module(f"memrig.{name}")
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if "pyvisa_memrig" not in found.name:
            importlib.import_module(found.name)
import pyvisa_memrig
twice = {"hil", "drivers", "sim", "gui"} & set(sys.modules)
assert not twice, twice
assert len([name for name in sys.modules if name.startswith("memrig.")]) > 80
"""


def test_no_folder_is_imported_under_a_second_name():
    # In the checkout, where an import of "drivers" would find the folder.
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
