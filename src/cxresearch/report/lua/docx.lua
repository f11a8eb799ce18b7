-- The neutral document as Word: caption numbers and references are fields with their results filled in.
local layout = require("layout")
local numbering = require("numbering")
local docx = {}

local TWIPS_PER_CM = 1440 / 2.54
local TEXT_WIDTH, TURNED_WIDTH = 16.0, 24.7
local PAGE = '<w:pgSz w:w="%d" w:h="%d"%s/><w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418" '
  .. 'w:header="709" w:footer="709" w:gutter="0"/>'
local bookmarks = 90000

local function escape(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

local function run(text, properties)
  return "<w:r>" .. (properties or "") .. '<w:t xml:space="preserve">' .. escape(text) .. "</w:t></w:r>"
end

local function field(instruction, result, properties)
  local open = "<w:r>" .. (properties or "")
  return open .. '<w:fldChar w:fldCharType="begin"/></w:r>' .. open .. '<w:instrText xml:space="preserve"> '
    .. escape(instruction) .. " </w:instrText></w:r>" .. open .. '<w:fldChar w:fldCharType="separate"/></w:r>' .. result
    .. open .. '<w:fldChar w:fldCharType="end"/></w:r>'
end

local function bookmark(id, content)
  bookmarks = bookmarks + 1
  return '<w:bookmarkStart w:id="' .. bookmarks .. '" w:name="' .. id .. '"/>' .. content .. '<w:bookmarkEnd w:id="'
    .. bookmarks .. '"/>'
end

local function styled(style, blocks)
  return pandoc.Div(blocks, pandoc.Attr("", {}, { ["custom-style"] = style }))
end

local function paragraph(style, inlines)
  return styled(style, { pandoc.Para(inlines) })
end

local function raw(text)
  return pandoc.RawBlock("openxml", text)
end

local function raw_inline(text)
  return pandoc.RawInline("openxml", text)
end

local function caption(exhibit, kind, job)
  local word, number = job.words[kind], exhibit.attributes.number
  local bold = '<w:rPr><w:b/></w:rPr>'
  local sequence = field("SEQ " .. word .. " \\* ARABIC", run(number, bold), bold)
  local label = run(word .. "\u{a0}", bold) .. bookmark(exhibit.identifier, sequence) .. run(". ", bold)
  local inlines = pandoc.Inlines({ raw_inline(label) })
  inlines:extend(numbering.caption(exhibit))
  return paragraph(kind == "figure" and "Figure Caption" or "Table Caption", inlines)
end

local function note(exhibit, job)
  local inlines = numbering.note(exhibit)
  if not inlines then
    return paragraph("Exhibit End", { pandoc.Str("") })
  end
  local content = pandoc.Inlines({ pandoc.Emph(pandoc.Inlines(job.words.note)), pandoc.Space() })
  content:extend(inlines)
  return paragraph("Exhibit Note", content)
end

local function figure(exhibit, job)
  local block, picture = job.exhibits[exhibit.identifier], job.pictures[exhibit.identifier]
  local attr = pandoc.Attr("", {}, { width = block.width_cm .. "cm" })
  local image = pandoc.Image(pandoc.Inlines(block.alt), picture.png, "", attr)
  return { paragraph("Figure Picture", { image }), caption(exhibit, "figure", job), note(exhibit, job) }
end

local function cell(text, column, width, borders, style, size)
  local side = column.align == "right" and '<w:jc w:val="right"/>' or ""
  return '<w:tc><w:tcPr><w:tcW w:w="' .. width .. '" w:type="dxa"/>' .. borders .. '</w:tcPr><w:p><w:pPr><w:pStyle w:val="'
    .. style .. '"/>' .. side .. "</w:pPr>" .. run(text, size) .. "</w:p></w:tc>"
end

local function row(texts, block, widths, properties, borders, style, size)
  local parts = {}
  for position, column in ipairs(block.columns) do
    parts[position] = cell(texts[position], column, widths[position], borders, style, size)
  end
  return "<w:tr><w:trPr><w:cantSplit/>" .. properties .. "</w:trPr>" .. table.concat(parts) .. "</w:tr>"
end

local function rule(side, size)
  return "<w:" .. side .. ' w:val="single" w:sz="' .. size .. '" w:space="0" w:color="000000"/>'
end

local function grid(block, plan)
  local line = (plan.landscape and TURNED_WIDTH or TEXT_WIDTH) * TWIPS_PER_CM
  local widths, columns, total = {}, {}, 0
  for position, share in ipairs(plan.widths) do
    widths[position] = math.floor(line * share)
    columns[position] = '<w:gridCol w:w="' .. widths[position] .. '"/>'
    total = total + widths[position]
  end
  return widths, "<w:tblGrid>" .. table.concat(columns) .. "</w:tblGrid>", total
end

local function tabular_xml(exhibit, job, plan)
  local block = job.exhibits[exhibit.identifier]
  local widths, columns, total = grid(block, plan)
  local labels, rows = {}, {}
  for position, column in ipairs(block.columns) do
    labels[position] = column.label
  end
  local size = plan.scale < 1 and string.format('<w:rPr><w:sz w:val="%d"/></w:rPr>', math.floor(18 * plan.scale)) or ""
  local under = "<w:tcBorders>" .. rule("bottom", 4) .. "</w:tcBorders><w:vAlign w:val=\"bottom\"/>"
  rows[1] = row(labels, block, widths, "<w:tblHeader/>", under, "TableHeading", size)
  for _, texts in ipairs(block.rows) do
    rows[#rows + 1] = row(texts, block, widths, "", "", "TableText", size)
  end
  local title = escape(pandoc.utils.stringify(numbering.caption(exhibit)))
  return '<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="' .. total .. '" w:type="dxa"/><w:tblBorders>'
    .. rule("top", 8) .. rule("bottom", 8) .. '</w:tblBorders><w:tblLayout w:type="fixed"/>'
    .. '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    .. '<w:tblCaption w:val="' .. title .. '"/></w:tblPr>' .. columns .. table.concat(rows) .. "</w:tbl>"
end

local function section_end(turned)
  local size = turned and PAGE:format(16838, 11906, ' w:orient="landscape"') or PAGE:format(11906, 16838, "")
  return raw('<w:p><w:pPr><w:pStyle w:val="ExhibitEnd"/><w:sectPr><w:type w:val="nextPage"/>' .. size
    .. "</w:sectPr></w:pPr></w:p>")
end

local function tabular(exhibit, job)
  local plan = layout.of(job.exhibits[exhibit.identifier])
  return { caption(exhibit, "table", job), raw(tabular_xml(exhibit, job, plan)), note(exhibit, job) }
end

local function heading(header, job)
  if header.attributes.number and not header.classes:includes("cx-appendix") then
    return { pandoc.Header(header.level, header.content, pandoc.Attr(header.identifier)) }
  elseif header.classes:includes("cx-inner") then
    return { paragraph("Appendix Subheading", { pandoc.Span(header.content, pandoc.Attr(header.identifier)) }) }
  end
  local label = numbering.label(header, job)
  local content = header.content:clone()
  if label ~= "" then
    content:insert(1, pandoc.Str(label))
    content:insert(2, pandoc.Space())
  end
  return { paragraph("Unnumbered Heading", { pandoc.Span(content, pandoc.Attr(header.identifier)) }) }
end

local function abstract(div)
  local lang = { lang = div.attributes.lang }
  local blocks = pandoc.Blocks({ paragraph("Front Heading", pandoc.Inlines(div.attributes.heading)) })
  if div.attributes.title then
    blocks:insert(pandoc.Para({ pandoc.Strong(pandoc.Inlines(div.attributes.title)) }))
  end
  blocks:extend(div.content)
  return pandoc.Div({ styled("Abstract " .. div.attributes.lang, blocks) }, pandoc.Attr("", {}, lang))
end

local function listed(style, id, label, content, first, last)
  local tabbed = label ~= "" and run(label) .. "<w:r><w:tab/></w:r>" or ""
  local link = '<w:hyperlink w:anchor="' .. id .. '" w:history="1">' .. tabbed .. run(pandoc.utils.stringify(content))
    .. "<w:r><w:tab/></w:r>" .. field("PAGEREF " .. id .. " \\h", run("")) .. "</w:hyperlink>"
  return raw('<w:p><w:pPr><w:pStyle w:val="' .. style .. '"/></w:pPr>' .. first .. link .. last .. "</w:p>")
end

local function list(instruction, items)
  local blocks = pandoc.Blocks({})
  local open = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> '
    .. escape(instruction) .. ' </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
  for position, item in ipairs(items) do
    local last = position == #items and '<w:r><w:fldChar w:fldCharType="end"/></w:r>' or ""
    blocks:insert(listed(item.style, item.id, item.label, item.content, position == 1 and open or "", last))
  end
  return blocks
end

local function contents(lists, job)
  local items = {}
  for _, item in ipairs(lists.contents) do
    if item.level <= 3 then
      local label = item.appendix and "" or item.number
      local content = item.content:clone()
      if item.appendix then
        content:insert(1, pandoc.Str(job.words.appendix .. "\u{a0}" .. item.number .. ". "))
      end
      items[#items + 1] = { style = "TOC" .. item.level, id = item.id, label = label, content = content }
    end
  end
  local blocks = pandoc.Blocks({ paragraph("Front Heading", pandoc.Inlines(job.words.contents)) })
  blocks:extend(list('TOC \\o "1-3" \\h \\z \\u', items))
  for _, kind in ipairs({ "figure", "table" }) do
    if #lists[kind] > 0 then
      local entries = {}
      for position, item in ipairs(lists[kind]) do
        local content = item.content:clone()
        content:insert(1, pandoc.Str(job.words[kind] .. "\u{a0}" .. item.number .. ". "))
        entries[position] = { style = "TableofFigures", id = item.id, label = "", content = content }
      end
      blocks:insert(paragraph("List Heading", pandoc.Inlines(job.words[kind .. "s"])))
      blocks:extend(list('TOC \\h \\z \\c "' .. job.words[kind] .. '"', entries))
    end
  end
  return blocks
end

local function title_page(job)
  local blocks = pandoc.Blocks({})
  local line = function(style, text)
    if text ~= "" then
      blocks:insert(paragraph(style, pandoc.Inlines(text)))
    end
  end
  line("Cover Organisation", job.organisation)
  line("Title", job.title)
  line("Subtitle", job.subtitle)
  for _, author in ipairs(job.authors) do
    line("Author", author)
  end
  line("Cover Kind", job.kind)
  line("Date", job.date)
  line("Provenance", job.provenance ~= "" and job.words.provenance .. ": " .. job.provenance or "")
  return blocks
end

local function reference(link)
  if not link.classes:includes("cx-reference") then
    return nil
  end
  local attributes, id = link.attributes, link.target:sub(2)
  local instruction = (id:match("^fig%-") or id:match("^tbl%-")) and "REF " .. id .. " \\h" or nil
  if not instruction then
    return pandoc.Link(link.content, link.target)
  end
  return raw_inline(run(attributes.word) .. field(instruction, run(attributes.number)))
end

local function emit(block, lists, job)
  local class = function(name) return block.t == "Div" and block.classes:includes(name) end
  if block.t == "Header" then
    return heading(block, job)
  elseif class("cx-figure") then
    return figure(block, job)
  elseif class("cx-table") then
    return tabular(block, job)
  elseif class("cx-abstract") then
    return { abstract(block) }
  elseif class("cx-contents") then
    local blocks = contents(lists, job)
    blocks:insert(1, section_end(false))
    return blocks
  end
  return { block }
end

function docx.write(document, lists, job, read)
  local blocks = title_page(job)
  for _, stretch in ipairs(layout.stretches(document.blocks, job)) do
    if stretch.turned then
      blocks:insert(section_end(false))
    end
    for _, block in ipairs(stretch.blocks) do
      blocks:extend(emit(block, lists, job))
    end
    if stretch.turned then
      blocks:insert(section_end(true))
    end
  end
  for _, picture in pairs(job.pictures) do
    pandoc.mediabag.insert(picture.png, "image/png", read(picture.png))
  end
  blocks = blocks:walk({ Link = reference })
  local authors = pandoc.List(job.authors):map(function(author) return pandoc.MetaInlines(pandoc.Inlines(author)) end)
  local meta = pandoc.Meta({ lang = job.locale, title = pandoc.Inlines(job.title), author = pandoc.MetaList(authors) })
  local options = { reference_doc = "reference.docx", template = pandoc.template.compile(read("thesis.openxml")) }
  return pandoc.write(pandoc.Pandoc(blocks, meta), "docx", options)
end

return docx
