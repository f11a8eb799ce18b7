-- The neutral document as one HTML page: inline SVG, MathML, nothing fetched from anywhere.
local numbering = require("numbering")
local Pieces = require("pieces")
local html = {}

local OPTIONS = { html_math_method = "mathml", wrap_text = "none", section_divs = true }
local PICTURE = "\4" -- around the id of a picture that is put in afterwards
local pieces = Pieces.of("html", "html5", OPTIONS)

local function escape(text)
  return (text:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }))
end

-- A footnote is written below its own piece.
local function inline(inlines)
  local noted = false
  inlines:walk({ Note = function() noted = true end })
  local plain = pandoc.Plain(inlines)
  return noted and pandoc.write(pandoc.Pandoc({ plain }), "html5", OPTIONS) or pieces:add({ plain })
end

local function caption(kind, exhibit, job)
  local label = escape(job.words[kind]) .. "&nbsp;" .. exhibit.attributes.number .. "."
  return '<span class="label">' .. label .. "</span> " .. inline(numbering.caption(exhibit))
end

local function note(exhibit, job)
  local inlines = numbering.note(exhibit)
  if not inlines then
    return ""
  end
  return '\n<p class="note"><em>' .. escape(job.words.note) .. "</em> " .. inline(inlines) .. "</p>"
end

local function figure(exhibit, job)
  local block = job.exhibits[exhibit.identifier]
  local picture = PICTURE .. exhibit.identifier .. PICTURE
  return '<figure id="' .. exhibit.identifier .. '">\n<div class="picture" style="width:' .. block.width_cm .. 'cm">'
    .. picture .. "</div>\n<figcaption>" .. caption("figure", exhibit, job) .. note(exhibit, job)
    .. "</figcaption>\n</figure>"
end

local function cell(tag, column, text, scope)
  local class = column.align == "right" and ' class="right"' or ""
  return "<" .. tag .. scope .. class .. ">" .. escape(text) .. "</" .. tag .. ">"
end

local function row(columns, texts)
  local cells = {}
  for position, column in ipairs(columns) do
    local tag, scope = "td", ""
    if column.row_header then
      tag, scope = "th", ' scope="row"'
    end
    cells[position] = cell(tag, column, texts[position], scope)
  end
  return "<tr>" .. table.concat(cells) .. "</tr>"
end

local function tabular(exhibit, job)
  local block = job.exhibits[exhibit.identifier]
  local id = exhibit.identifier
  local head, rows = {}, {}
  for position, column in ipairs(block.columns) do
    head[position] = cell("th", column, column.label, ' scope="col"')
  end
  for position, texts in ipairs(block.rows) do
    rows[position] = row(block.columns, texts)
  end
  return '<div class="exhibit" id="' .. id .. '">\n<div class="scroll" role="region" tabindex="0" aria-labelledby="'
    .. id .. '-caption">\n<table>\n<caption id="' .. id .. '-caption">' .. caption("table", exhibit, job)
    .. "</caption>\n<thead><tr>" .. table.concat(head) .. "</tr></thead>\n<tbody>\n"
    .. table.concat(rows, "\n") .. "\n</tbody>\n</table>\n</div>" .. note(exhibit, job) .. "\n</div>"
end

local function abstract(div, position)
  local title = div.attributes.title
  local blocks = pandoc.Blocks({ pandoc.Header(2, pandoc.Inlines(div.attributes.heading)) })
  if title then
    blocks:insert(pandoc.Div({ pandoc.Para({ pandoc.Strong(pandoc.Inlines(title)) }) }))
  end
  blocks:extend(div.content)
  local body = pandoc.write(pandoc.Pandoc(blocks), "html5", { html_math_method = "mathml", wrap_text = "none" })
  body = body:gsub("^<h2", '<h2 id="abstract-' .. position .. '"', 1)
  return '<section class="abstract" lang="' .. div.attributes.lang .. '" aria-labelledby="abstract-' .. position
    .. '">\n' .. body .. "\n</section>"
end

local function entry(item, label)
  return '<li><a href="#' .. item.id .. '">' .. label .. inline(item.content) .. "</a>"
end

local function contents_list(items, job)
  local parts, depth = { "<ul>" }, 1
  local open = false
  for _, item in ipairs(items) do
    local level = math.min(item.level, 3)
    while depth < level and open do
      parts[#parts + 1] = "<ul>"
      depth, open = depth + 1, false
    end
    if open then
      parts[#parts + 1] = "</li>"
    end
    while depth > level do
      parts[#parts + 1] = "</ul></li>"
      depth = depth - 1
    end
    local label = item.number
    if item.appendix then
      label = escape(job.words.appendix) .. "&nbsp;" .. item.number .. "."
    end
    label = label ~= "" and '<span class="number">' .. label .. "</span> " or ""
    parts[#parts + 1] = entry(item, label)
    open = true
  end
  parts[#parts + 1] = open and "</li>" or ""
  parts[#parts + 1] = ("</ul></li>"):rep(depth - 1) .. "</ul>"
  return table.concat(parts)
end

local function exhibit_list(kind, lists, job)
  if #lists[kind] == 0 then
    return ""
  end
  local parts = {}
  for _, item in ipairs(lists[kind]) do
    local label = '<span class="number">' .. escape(job.words[kind]) .. "&nbsp;" .. item.number .. ".</span> "
    parts[#parts + 1] = entry(item, label) .. "</li>"
  end
  local title = job.words[kind .. "s"]
  return '<nav class="exhibits" aria-label="' .. escape(title) .. '"><h2>' .. escape(title) .. "</h2><ul>"
    .. table.concat(parts) .. "</ul></nav>"
end

local function heading(header, job)
  local label = numbering.label(header, job)
  local content = header.content:clone()
  if label ~= "" then
    content:insert(1, pandoc.Span(pandoc.Inlines({ pandoc.Str(label) }), pandoc.Attr("", { "number" })))
    content:insert(2, pandoc.Space())
  end
  return pandoc.Header(header.level + 1, content, pandoc.Attr(header.identifier))
end

local function body(document, job)
  local blocks, front = pandoc.Blocks({}), {}
  for position, block in ipairs(document.blocks) do
    if block.t == "Header" then
      blocks:insert(heading(block, job))
    elseif block.t == "Div" and block.classes:includes("cx-figure") then
      blocks:insert(pandoc.RawBlock("html", figure(block, job)))
    elseif block.t == "Div" and block.classes:includes("cx-table") then
      blocks:insert(pandoc.RawBlock("html", tabular(block, job)))
    elseif block.t == "Div" and block.classes:includes("cx-abstract") then
      front[#front + 1] = abstract(block, position)
    elseif not (block.t == "Div" and block.classes:includes("cx-contents")) then
      blocks:insert(block)
    end
  end
  blocks = blocks:walk({
    Link = function(link)
      if link.classes:includes("cx-reference") then
        return pandoc.Link(link.content, link.target)
      end
    end,
  })
  return blocks, table.concat(front, "\n")
end

local function raw(text)
  return pandoc.MetaBlocks({ pandoc.RawBlock("html", text) })
end

local function plain(text)
  return pandoc.MetaInlines(pandoc.Inlines(text))
end

function html.write(document, lists, job, read)
  local blocks, front = body(document, job)
  local meta = { lang = job.language, front = raw(front), css = raw(read("thesis.css")) }
  for _, name in ipairs({ "title", "subtitle", "organisation", "kind", "date", "provenance" }) do
    meta[name] = job[name] ~= "" and plain(job[name]) or nil
  end
  meta.pagetitle, meta.isodate = plain(job.title), job.iso_date
  meta.authors = #job.authors > 0 and plain(table.concat(job.authors, ", ")) or nil
  meta.toc, meta.skip = raw(contents_list(lists.contents, job)), plain(job.words.skip)
  meta.contentsword, meta.provenanceword = plain(job.words.contents), plain(job.words.provenance)
  meta.lists = raw(exhibit_list("figure", lists, job) .. exhibit_list("table", lists, job))
  local options = { template = pandoc.template.compile(read("thesis.html")) }
  for name, value in pairs(OPTIONS) do
    options[name] = value
  end
  return pieces:fill(pandoc.write(pandoc.Pandoc(blocks, pandoc.Meta(meta)), "html5", options))
end

return html
