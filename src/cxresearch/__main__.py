"""`python -m cxresearch` is the command `cxresearch`."""

from cxresearch.cli import main

if __name__ == "__main__":
    main()
