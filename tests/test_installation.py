"""What of dicomkit is installed."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import dicomkit
from dicomkit.installation import OPTIONAL_PACKAGES

ROOT = Path(__file__).resolve().parent.parent


def test_info_tells_what_runs():
    """Version, kernels, edition and interpreter are those that are there."""
    info = dicomkit.info()
    assert dicomkit.__version__ == info.version
    assert ("compiled" if dicomkit._ext.COMPILED else "pure") == info.kernels
    assert dicomkit.dictionary.EDITION == info.edition
    assert sys.version.split()[0] in info.python
    assert str(info).startswith(f"dicomkit {dicomkit.__version__}, {info.kernels} kernels, ")
    assert {"version", "kernels", "edition", "python", "platform", "packages"} == set(info.to_json())


def test_info_is_a_value():
    """Equal, hashable and picklable, as values are."""
    info = dicomkit.info()
    assert (info, hash(info)) == (dicomkit.info(), hash(dicomkit.info()))
    assert info == pickle.loads(pickle.dumps(info))


def test_info_says_which_kernels_are_active():
    """DICOMKIT_PURE=1 makes it say pure."""
    command = [sys.executable, "-c", "import dicomkit; print(dicomkit.info().kernels)"]
    answer = subprocess.run(
        command, env={**os.environ, "DICOMKIT_PURE": "1"}, capture_output=True, text=True, check=True
    )
    assert "pure\n" == answer.stdout


def test_versions_of_packages():
    """A package that is installed has its version, one that is not has None."""
    packages = dicomkit.info().packages
    assert metadata.version("numpy") == packages["numpy"]
    assert [name for name, _, _ in OPTIONAL_PACKAGES] == list(packages)


def test_every_extra_names_its_packages():
    """The packages of an extra that the table names are those of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name, extra, _ in OPTIONAL_PACKAGES:
        if extra:
            assert name in [requirement.partition(">")[0].partition("=")[0] for requirement in extras[extra]]


def test_every_extra_is_of_use():
    """No extra, but those for the work on dicomkit itself, brings what no module imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"all", "docs", "test", "dev"}
    assert extras == {extra for _, extra, _ in OPTIONAL_PACKAGES if extra}
    files = [path for path in (ROOT / "src").rglob("*.py") if path.name != "installation.py"]
    sources = "".join(path.read_text(encoding="utf-8") for path in files)
    modules = {"pillow": "PIL", "pylibjpeg-openjpeg": "openjpeg", "pyjpegls": "jpeg_ls", "pylibjpeg-libjpeg": "libjpeg"}
    for name, _, _ in OPTIONAL_PACKAGES:
        module = modules.get(name, name)
        # aiohttp is what fsspec takes for HTTP.
        assert name == "aiohttp" or re.search(rf"(?:import|from) {module}\b|module = \"{module}\"", sources), name


def test_importing_the_package_does_not_import_it():
    """`import dicomkit` has the function, not what it needs."""
    program = (
        "import sys, dicomkit; dicomkit.info; "
        "print('dicomkit.installation' in sys.modules, 'importlib.metadata' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "False False\n" == answer.stdout
