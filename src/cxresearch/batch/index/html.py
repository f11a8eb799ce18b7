"""HTML as a tree: whatever users wrote is escaped by the writer of the tree, not by those who make it."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from cxresearch.report.signs import without_control_signs

Child = Element | str | None


def tag(name: str, /, *children: Child, **attributes: str | None) -> Element:
    """An element; `class_="x"` is the attribute `class`, `aria_label` is `aria-label`; None leaves one out."""
    element = Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(key.rstrip("_").replace("_", "-"), without_control_signs(value))
    for child in children:
        _add(element, child)
    return element


def _add(parent: Element, child: Child) -> None:
    if child is None:
        return
    if isinstance(child, Element):
        parent.append(child)
        return
    text = without_control_signs(child)
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def page(root: Element) -> bytes:
    """The tree as an HTML file in UTF-8."""
    written: str = tostring(root, encoding="unicode", method="html")
    return ("<!DOCTYPE html>\n" + written + "\n").encode("utf-8")
