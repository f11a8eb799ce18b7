"""What nbval compares: the texts and tables a reader sees, not the pictures' bytes or the report's blocks."""

import pytest

NOT_COMPARED = ("image/png", "application/vnd.cxresearch.block.v1+json")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        notebook = item.parent
        if hasattr(notebook, "skip_compare") and NOT_COMPARED[1] not in notebook.skip_compare:
            notebook.skip_compare = (*notebook.skip_compare, *NOT_COMPARED)
