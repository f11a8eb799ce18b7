import shutil, sys
from pathlib import Path
sys.path.insert(0,"/work/main")
import pytest
G=Path("/work/main/tests/study/draft/golden")
def test_write(exports):
    from cxresearch.study import draft_study
    for l in ("fi","en"):
        d=draft_study(exports,[exports/"raw"/"staff.csv"],[exports/"raw"/"guests.csv"],language=l)
        (G/l).mkdir(parents=True,exist_ok=True)
        for f in d.files:
            if f.suffix!=".json": shutil.copy(f,G/l/f.name)
            f.unlink()
