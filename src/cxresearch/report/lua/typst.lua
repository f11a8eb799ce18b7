-- The neutral document as Typst source for thesis.typ: every number is already decided and only set here.
local layout = require("layout")
local numbering = require("numbering")
local Pieces = require("pieces")
local typst = {}

local FORMAT = { format = "typst", extensions = { citations = false, smart = false } }
local OPTIONS = { wrap_text = "none" }
local pieces = Pieces.of("typst", FORMAT, OPTIONS)

local function quote(text)
  return '"' .. text:gsub("[\\\"]", "\\%0"):gsub("%s+", " ") .. '"'
end

local function blocks_source(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), FORMAT, OPTIONS)
end

local function source(inlines)
  return pieces:add({ pandoc.Plain(inlines) })
end

-- PDF/UA wants words for every formula: its TeX source.
local function equation(formula)
  local display = formula.mathtype == "DisplayMath"
  local written = source({ pandoc.Math(formula.mathtype, formula.text) })
  local call = "#math.equation(block: " .. tostring(display) .. ", alt: " .. quote(formula.text) .. ", "
  return pandoc.RawInline("typst", call .. written .. ")")
end

local function heading(header, job)
  local label = numbering.label(header, job)
  local number = label ~= "" and "(..) => " .. quote(label) or "none"
  local listed = tostring(not header.classes:includes("cx-inner"))
  local mark = header.classes:includes("cx-appendix") and ", supplement: appendix-mark" or ""
  return "#heading(level: " .. header.level .. ", numbering: " .. number .. ", outlined: " .. listed .. mark .. ")["
    .. source(header.content) .. "] <" .. header.identifier .. ">"
end

local function caption(exhibit, kind, job)
  return "kind: " .. (kind == "figure" and "image" or "table") .. ", supplement: [#" .. quote(job.words[kind])
    .. "], numbering: (..) => " .. quote(exhibit.attributes.number) .. ", caption: [" .. source(numbering.caption(exhibit)) .. "]"
end

local function note(exhibit, job)
  local inlines = numbering.note(exhibit)
  return inlines and "[#emph(" .. quote(job.words.note) .. ") " .. source(inlines) .. "]" or "none"
end

local function figure(exhibit, job)
  local block, picture = job.exhibits[exhibit.identifier], job.pictures[exhibit.identifier]
  return "#exhibit(note: " .. note(exhibit, job) .. ")[#figure(" .. caption(exhibit, "figure", job) .. ", image("
    .. quote(picture.typst) .. ", width: " .. block.width_cm .. "cm, alt: " .. quote(block.alt) .. ")) <"
    .. exhibit.identifier .. ">]"
end

-- Long codes and addresses have no hyphens to break at: let them break after a sign, or anywhere.
local function breakable(text)
  return (text:gsub("%S+", function(word)
    if #word <= 40 then
      return word:find("^[%w_.]+$") and word:find("%a[_.]%a") and word:gsub("[_.]", "%0\u{200b}") or word
    end
    word = word:gsub("[_/.@:=]", "%0\u{200b}")
    return word:find("%d") and word:gsub(("%w"):rep(16), "%0\u{200b}") or word
  end))
end

-- A name from a file is broken after a sign, never hyphenated.
local function cell(text)
  local written = quote(breakable(text))
  if text:find("^[%w_.]+$") and text:find("%a[_.]%a") then
    return "text(hyphenate: false, " .. written .. ")"
  end
  return written
end

local function cells(texts, strong)
  local parts = {}
  for position, text in ipairs(texts) do
    local written = cell(text)
    parts[position] = strong and "strong(" .. written .. ")" or "[#" .. written .. "]"
  end
  return table.concat(parts, ", ")
end

local function tabular(exhibit, job)
  local block = job.exhibits[exhibit.identifier]
  local plan = layout.of(block)
  local widths, aligns, labels, rows = {}, {}, {}, {}
  for position, column in ipairs(block.columns) do
    widths[position] = string.format("%.4ffr", plan.widths[position])
    aligns[position] = column.align
    labels[position] = column.label
  end
  for position, texts in ipairs(block.rows) do
    rows[position] = cells(texts, false)
  end
  local share = 0
  for _, width in ipairs(plan.widths) do
    share = share + width
  end
  return "#exhibit(note: " .. note(exhibit, job) .. ", breakable: " .. tostring(not plan.short) .. ")[#figure("
    .. caption(exhibit, "table", job) .. ", thesis-table(size: " .. string.format("%.3f", plan.scale) .. ", width: "
    .. string.format("%.2f%%", math.min(share, 1) * 100) .. ", id: <" .. exhibit.identifier .. ">, continued: "
    .. quote(job.words.table .. "\u{a0}" .. exhibit.attributes.number .. " " .. job.words.continued) .. ", columns: (" .. table.concat(widths, ", ") .. ",), align: ("
    .. table.concat(aligns, ", ") .. ",), header: (" .. cells(labels, true) .. ",), rows: (\n"
    .. table.concat(rows, ",\n") .. (#rows > 0 and "," or "") .. "\n))) <" .. exhibit.identifier .. ">]"
end

local function cell_source(blocks)
  local plain = #blocks == 1 and blocks[1].t == "Plain"
  return plain and source(blocks[1].content) or blocks_source(blocks)
end

-- A table typed into prose: no caption, no number, and not in the list of tables.
local function typed_table(tbl)
  local simple = pandoc.utils.to_simple_table(tbl)
  local columns, header, rows, sides = {}, {}, {}, {}
  for position, cell in ipairs(simple.header) do
    columns[position] = "auto"
    header[position] = "strong[" .. cell_source(cell) .. "]"
    sides[position] = simple.aligns[position] == "AlignRight" and "right" or "left"
  end
  for _, row in ipairs(simple.rows) do
    for _, cell in ipairs(row) do
      rows[#rows + 1] = "[" .. cell_source(cell) .. "]"
    end
  end
  return pandoc.RawBlock("typst", "#thesis-table(columns: (" .. table.concat(columns, ", ") .. ",), align: ("
    .. table.concat(sides, ", ") .. ",), header: (" .. table.concat(header, ", ") .. ",), rows: ("
    .. table.concat(rows, ", ") .. (#rows > 0 and "," or "") .. "))")
end

local function abstract(div)
  local title = div.attributes.title and quote(div.attributes.title) or "none"
  return "#abstract-page(" .. quote(div.attributes.lang) .. ", " .. quote(div.attributes.heading) .. ", " .. title .. ")[\n"
    .. blocks_source(div.content) .. "]"
end

local function contents(lists, job)
  local shown = function(kind)
    return #lists[kind] > 0 and quote(job.words[kind .. "s"]) or "none"
  end
  return "#contents-pages(" .. quote(job.words.contents) .. ", " .. shown("figure") .. ", " .. shown("table") .. ")"
end

local function references(div)
  local entries = {}
  for _, entry in ipairs(div.content) do
    entries[#entries + 1] = "#reference-entry[" .. pieces:add(entry.content) .. "] <" .. entry.identifier .. ">"
  end
  return table.concat(entries, "\n")
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
    return abstract(block)
  elseif class("cx-contents") then
    return contents(lists, job)
  elseif block.t == "Div" and block.identifier == "refs" then
    return references(block)
  end
end

local function body(document, lists, job)
  local blocks = pandoc.Blocks({})
  for _, stretch in ipairs(layout.stretches(document.blocks, job)) do
    if stretch.turned then
      blocks:insert(pandoc.RawBlock("typst", "#set page(flipped: true)"))
    end
    for _, block in ipairs(stretch.blocks) do
      local text = emit(block, lists, job)
      blocks:insert(text and pandoc.RawBlock("typst", text) or block)
    end
    if stretch.turned then
      blocks:insert(pandoc.RawBlock("typst", "#set page(flipped: false)"))
    end
  end
  return blocks_source(blocks)
end

local function front(job)
  local authors = {}
  for position, author in ipairs(job.authors) do
    authors[position] = quote(author) .. ", "
  end
  local fields = { "language: " .. quote(job.language), "authors: (" .. table.concat(authors) .. ")" }
  for _, name in ipairs({ "title", "subtitle", "organisation", "kind", "date", "provenance" }) do
    fields[#fields + 1] = name .. ": " .. quote(job[name])
  end
  fields[#fields + 1] = "provenance-word: " .. quote(job.words.provenance)
  local year, month, day = job.iso_date:match("(%d+)-(%d+)-(%d+)")
  fields[#fields + 1] = string.format("issued: datetime(year: %d, month: %d, day: %d)", year, month, day)
  return '#import "thesis.typ": *\n#show: thesis.with(' .. table.concat(fields, ", ") .. ")\n"
end

function typst.write(document, lists, job)
  document = document:walk({ Math = equation }):walk({ Table = typed_table })
  return front(job) .. pieces:fill(body(document, lists, job))
end

return typst
