"""The Word file: pandoc's, with sections, page numbers and settings put right, packed the same way every time."""

from __future__ import annotations

import copy
import io
import zipfile
from typing import Any

from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from cxresearch.report.assembly import Parts
from cxresearch.report.document import Document

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def _sections(body: Any) -> None:
    """Give page numbers, counted from the contents page, to every section after the cover and the abstracts."""
    sections = body.xpath("//w:sectPr")
    last = sections[-1]
    headers = last.findall(qn("w:headerReference"))
    for first, section in enumerate(sections[1:]):
        for child in section.findall(qn("w:headerReference")) + section.findall(qn("w:pgNumType")):
            section.remove(child)
        for position, header in enumerate(headers):
            section.insert(position, copy.deepcopy(header))
        if first == 0:
            numbers = parse_xml(f'<w:pgNumType {nsdecls("w")} w:start="1"/>')
            margins = section.find(qn("w:pgMar"))
            margins.addnext(numbers)


def _picture_names(body: Any) -> None:
    """Word shows a picture's own description too: let it be the alternative text, not a file name."""
    for inline in body.xpath("//wp:inline"):
        description = inline.xpath("./wp:docPr/@descr")
        for own in inline.xpath(".//pic:cNvPr"):
            own.set("descr", description[0] if description else "")


def _changed(name: str, data: bytes) -> bytes:
    if name == "word/document.xml":
        body: Any = parse_xml(data)
        _sections(body)
        _picture_names(body)
        return serialize_part_xml(body)
    return data


def finish_docx(document: Document, parts: Parts) -> bytes:
    """Mend and pack pandoc's Word file."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(parts.written["docx"])) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, _changed(name, source.read(name)))
    return packed.getvalue()
