"""Make the raw files of the example study anew: `python data/example/generate.py`."""

from pathlib import Path

from cxresearch.simulate import example_company, write_company

if __name__ == "__main__":
    for path in write_company(example_company(), Path(__file__).parent):
        print(path)
