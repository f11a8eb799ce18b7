"""The Word file: pandoc's, with sections, page numbers and settings put right, packed the same way every time."""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from cxresearch.report.assembly import Parts
from cxresearch.report.document import Document
from cxresearch.report.pictures import Picture

_BODY = "word/document.xml"
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


def _pictures(body: Any, drawn: Mapping[str, Picture]) -> None:
    """Give each picture the height it has, and as its own description, which Word shows too, the alternative text."""
    for inline in body.xpath("//wp:inline"):
        description = inline.xpath("./wp:docPr/@descr")
        for own in inline.xpath(".//pic:cNvPr"):
            own.set("descr", description[0] if description else "")
        for relation in inline.xpath(".//a:blip/@r:embed"):
            for size in inline.xpath("./wp:extent | .//pic:spPr/a:xfrm/a:ext") if relation in drawn else ():
                size.set("cy", str(int(int(size.get("cx")) * drawn[relation].ratio)))


def finish_docx(document: Document, parts: Parts) -> bytes:
    """Mend and pack pandoc's Word file."""
    packed = io.BytesIO()
    by_stand_in = {one.stand_in: one for one in parts.pictures.values()}
    with (
        zipfile.ZipFile(io.BytesIO(parts.written["docx"])) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        contents = {name: source.read(name) for name in source.namelist()}
        drawn = {name: by_stand_in[data] for name, data in contents.items() if data in by_stand_in}
        contents |= {name: one.png for name, one in drawn.items()}
        body: Any = parse_xml(contents[_BODY])
        _sections(body)
        _pictures(body, {Path(name).stem: one for name, one in drawn.items()})
        contents[_BODY] = serialize_part_xml(body)
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return packed.getvalue()
