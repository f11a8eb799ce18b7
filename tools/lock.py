"""Renew `requirements.lock`: versions and hashes for every platform, no addresses.

Usage: .venv/bin/python tools/lock.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = (
    "pip", "compile", "pyproject.toml", "--group", "pyproject.toml:dev", "--group", "pyproject.toml:setup",
    "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--upgrade",
    "--output-file", "requirements.lock",
)  # fmt: skip

if __name__ == "__main__":
    raise SystemExit(subprocess.run([sys.executable, "-m", "uv", *COMMAND], cwd=ROOT, check=False).returncode)
