"""Create the virtual environment that `make` uses: the locked packages and this project.

Runs on the bare system Python with its standard library only. Usage: setup_environment.py FOLDER
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"


def say(text: str) -> None:
    print(text, flush=True)


def run(*command: str, check: bool = True) -> bool:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if check and done.returncode:
        raise SystemExit(f"Set-up stopped: `{' '.join(command)}` ended with exit code {done.returncode}.")
    return done.returncode == 0


def python_of(folder: Path) -> str:
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def require_venv() -> None:
    """Debian packs `ensurepip` apart from Python; install it when that is possible, else say how."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
            say(f"Installing {package}, which this system's Python lacks …")
            run("apt-get", "update", "-qq")
            run("apt-get", "install", "-y", "-qq", package)
            return
        raise SystemExit(
            f"This Python cannot create virtual environments. Install the package {package} "
            f"(Debian, Ubuntu: sudo apt-get install {package}) and run make again."
        ) from None


def locked_version(package: str) -> str:
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{package}=="):
            return line.split()[0].rstrip("\\").split(";")[0]
    raise SystemExit(f"{LOCK.name} does not pin {package}.")


def install(python: str) -> None:
    """Install the lock with uv (seconds); with pip (minutes) where uv finds no packages."""
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    settings = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    for ours, theirs in settings.items():
        if os.environ.get(ours):
            os.environ.setdefault(theirs, os.environ[ours])
    run(*pip, "install", "-q", locked_version("uv"))
    uv = (python, "-m", "uv", "pip")
    locked = ("--require-hashes", "-r", str(LOCK))
    if not run(*uv, "install", "--python", python, "-q", "--compile-bytecode", *locked, check=False):
        say("uv could not install the packages; trying pip, which takes some minutes …")
        run(*pip, "install", "-q", *locked)
    run(*uv, "install", "--python", python, "-q", "--no-deps", "--no-build-isolation", "--offline", "-e", str(ROOT))


def main() -> None:
    if sys.version_info < (3, 11):
        raise SystemExit(f"cxresearch needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    folder = Path(sys.argv[1])
    started = time.monotonic()
    say(f"Setting up {folder}: about 150 packages are downloaded and compiled. This takes a minute or two, once.")
    require_venv()
    venv.create(folder, clear=folder.exists(), with_pip=True)
    python = python_of(folder.absolute())
    install(python)
    run(python, "-m", "compileall", "-q", "src", check=False)
    (folder / ".ready").write_text("")
    say(f"Set-up done in {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
