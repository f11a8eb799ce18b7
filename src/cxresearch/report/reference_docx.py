"""The look of the Word report: an A4 document of styles that pandoc takes them from."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from cxresearch.language import Language
from cxresearch.report.word_styles import LOOKS, Look

FONT = "Arial"
LOCALES: dict[Language, str] = {"fi": "fi-FI", "en": "en-US"}


def _style(document: Any, name: str, look: Look) -> Any:
    known = {style.name: style for style in document.styles}
    style = known.get(name) or document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if look.style_id:
        style.element.set(qn("w:styleId"), look.style_id)
    return style


def _spacing(paragraph: Any, look: Look) -> None:
    for name, value in (("space_before", look.before), ("space_after", look.after)):
        if value is not None:
            setattr(paragraph, name, Pt(value))
    if look.line is not None:
        paragraph.line_spacing = look.line
    if look.left is not None:
        paragraph.left_indent = Cm(look.left)
    if look.hanging is not None:
        paragraph.first_line_indent = Cm(-look.hanging)
    paragraph.keep_with_next = look.keep or None
    paragraph.page_break_before = look.new_page or None
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _tabs(style: Any, left: float) -> None:
    dots = f'<w:tab w:val="right" w:leader="dot" w:pos="{Cm(16).twips}"/>'
    text = f'<w:tab w:val="left" w:pos="{Cm(left).twips}"/>' if left else ""
    style.element.get_or_add_pPr().insert_element_before(
        parse_xml(f"<w:tabs {nsdecls('w')}>{text}{dots}</w:tabs>"), "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def _apply(style: Any, look: Look) -> None:
    font = style.font
    properties = style.element.get_or_add_rPr()
    for fonts in properties.findall(qn("w:rFonts")):
        properties.remove(fonts)
    font.name = FONT
    properties.rFonts.set(qn("w:cs"), FONT)
    font.color.rgb = RGBColor(0, 0, 0)
    font.italic = False if look.base else None
    if look.size is not None:
        font.size = Pt(look.size)
    if look.bold is not None:
        font.bold = look.bold
    for border in style.element.xpath("./w:pPr/w:pBdr | ./w:rPr/w:spacing | ./w:rPr/w:kern"):
        border.getparent().remove(border)
    _spacing(style.paragraph_format, look)
    if look.tab_dots:
        _tabs(style, look.left or 0)
    if look.outline:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(look.outline - 1))
        style.element.get_or_add_pPr().append(level)


def _paragraph_styles(document: Any) -> None:
    for name, look in LOOKS.items():
        style = _style(document, name, look)
        if look.base:
            style.base_style = document.styles[look.base]
        _apply(style, look)
    for language, locale in LOCALES.items():
        _language(document.styles[f"Abstract {language}"], locale)


def _language(style: Any, locale: str) -> None:
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{locale}" w:eastAsia="{locale}" w:bidi="ar-SA"/>'))


def _rule(side: str, eighths: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="000000"/>'


def _table_style(document: Any) -> None:
    """Three rules, as scientific tables have; `Table` is also pandoc's name for a table typed into prose."""
    style = document.styles.add_style("Table", WD_STYLE_TYPE.TABLE)
    cells = '<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
    borders = f"<w:tblBorders>{_rule('top', 8)}{_rule('bottom', 8)}</w:tblBorders>"
    style.element.append(parse_xml(f"<w:tblPr {nsdecls('w')}>{borders}{cells}</w:tblPr>"))
    first = f"<w:tcPr><w:tcBorders>{_rule('bottom', 4)}</w:tcBorders></w:tcPr>"
    style.element.append(parse_xml(f'<w:tblStylePr {nsdecls("w")} w:type="firstRow">{first}</w:tblStylePr>'))


def _without_unused(document: Any) -> None:
    """Drop the hundred table styles of the empty document: Word has its own, and pandoc would copy each of them."""
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name != "Normal Table":
            style.delete()


def _heading_numbers(document: Any) -> None:
    """Number headings 1–4 as Word does, so that an author's later chapters are numbered too."""
    numbering = document.part.numbering_part.element
    levels = []
    for level in range(4):
        text = ".".join(f"%{one + 1}" for one in range(level + 1))
        levels.append(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
            f'<w:pStyle w:val="Heading{level + 1}"/><w:suff w:val="space"/><w:lvlText w:val="{text}"/>'
            f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:multiLevelType w:val="multilevel"/>'
        f"{''.join(levels)}</w:abstractNum>"
    )
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level in range(4):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
        properties.insert_element_before(parse_xml(mark), "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = (
        f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:rPr><w:noProof/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    )
    paragraph._p.append(parse_xml(field))


def _settings(document: Any) -> None:
    settings = document.settings.element
    settings.insert(1, parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>'))
    settings.insert_element_before(
        parse_xml(f"<w:autoHyphenation {nsdecls('w')}/>"), "w:consecutiveHyphenLimit", "w:defaultTabStop", "w:compat"
    )


@cache
def reference_docx(language: Language) -> bytes:
    """The styled, empty Word document of a language."""
    document = docx.Document()
    _without_unused(document)
    _paragraph_styles(document)
    _table_style(document)
    _heading_numbers(document)
    _page(document)
    _settings(document)
    _language(document.styles["Normal"], LOCALES[language])
    for lang in document.styles.element.xpath("//w:docDefaults//w:lang"):
        lang.set(qn("w:val"), LOCALES[language])
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
