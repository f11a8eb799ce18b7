-- From blocks to one neutral pandoc document: Markdown read, everything numbered, references resolved.
-- Exhibits become Divs (class cx-figure, cx-table) that hold their caption and note; each writer turns
-- them into its own form. Headings carry their number as the attribute `number`.
local reading = require("reading")
local references = require("references")
local numbering = {}

-- Figures and tables of the chapters and the appendices by their ids.
function numbering.exhibits(job)
  local exhibits = {}
  local function collect(blocks)
    for _, block in ipairs(blocks) do
      if block.kind == "figure" or block.kind == "table" then
        exhibits[block.id] = block
      end
    end
  end
  collect(job.blocks)
  for _, appendix in ipairs(job.appendices) do
    collect(appendix.blocks)
  end
  return exhibits
end

local Report = {}
Report.__index = Report

function Report:problem(code, value)
  self.problems:insert({ code = code, value = value })
end

function Report:register(id, kind, number)
  if self.targets[id] then
    self:problem("duplicate_id", id)
  end
  self.targets[id] = { kind = kind, number = number }
end

function Report:next_heading_number(level)
  self.levels[level] = self.levels[level] + 1
  for deeper = level + 1, 6 do
    self.levels[deeper] = 0
  end
  return table.concat(self.levels, ".", 1, level)
end

-- A level that is skipped would break the outline that PDF/UA and screen readers go by.
function Report:add_heading(level, content, id)
  self.headings = self.headings + 1
  level = math.min(level, self.depth + 1)
  self.depth = level
  if self.in_appendix then
    self.depth = math.max(level, 2)
    local attr = pandoc.Attr(id ~= "" and id or "part-" .. self.headings, { "cx-inner" })
    if id ~= "" then
      self:register(id, "appendix", tostring(self.appendices))
    end
    self.blocks:insert(pandoc.Header(self.depth, content, attr))
    return
  end
  local number = self:next_heading_number(level)
  local anchor = id ~= "" and id or "part-" .. self.headings
  self:register(anchor, "section", number)
  self.blocks:insert(pandoc.Header(level, content, pandoc.Attr(anchor, { "cx-chapter" }, { number = number })))
end

function Report:add_prose(markdown)
  for _, block in ipairs(reading.blocks(markdown)) do
    if block.t == "Header" then
      self:add_heading(block.level, block.content, block.identifier)
    else
      self.blocks:insert(block)
    end
  end
end

function Report:add_exhibit(block)
  local number = tostring(self.counts[block.kind] + 1)
  self.counts[block.kind] = self.counts[block.kind] + 1
  self:register(block.id, block.kind, number)
  local caption = pandoc.Div({ pandoc.Plain(reading.inlines(block.caption)) }, pandoc.Attr("", { "cx-caption" }))
  local note = pandoc.Div(
    block.note ~= "" and { pandoc.Plain(reading.inlines(block.note)) } or {},
    pandoc.Attr("", { "cx-note" })
  )
  local attr = pandoc.Attr(block.id, { "cx-exhibit", "cx-" .. block.kind }, { number = number })
  self.blocks:insert(pandoc.Div({ caption, note }, attr))
end

function Report:add(block)
  if block.kind == "heading" then
    self:add_heading(block.level, pandoc.Inlines(block.text), block.id)
  elseif block.kind == "prose" then
    self:add_prose(block.markdown)
  else
    self:add_exhibit(block)
  end
end

function Report:add_abstract(abstract)
  local blocks = reading.blocks(abstract.text)
  if #abstract.keywords > 0 then
    local words = pandoc.Inlines({ pandoc.Strong(abstract.keywords_word .. ":"), pandoc.Space() })
    words:extend(pandoc.Inlines(table.concat(abstract.keywords, ", ")))
    blocks:insert(pandoc.Div({ pandoc.Para(words) }, pandoc.Attr("", { "cx-keywords" })))
  end
  local attr = pandoc.Attr("", { "cx-abstract" }, { lang = abstract.language, heading = abstract.heading })
  if abstract.title ~= "" then
    attr.attributes.title = abstract.title
  end
  self.blocks:insert(pandoc.Div(blocks, attr))
end

function Report:add_appendix(appendix)
  self.in_appendix, self.depth = true, 1
  self.appendices = self.appendices + 1
  local number = tostring(self.appendices)
  local id = appendix.id ~= "" and appendix.id or "appendix-" .. number
  self:register(id, "appendix", number)
  local attr = pandoc.Attr(id, { "cx-appendix" }, { number = number })
  self.blocks:insert(pandoc.Header(1, pandoc.Inlines(appendix.title), attr))
  for _, block in ipairs(appendix.blocks) do
    self:add(block)
  end
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do
    set[item] = true
  end
  return set
end

function Report:metadata()
  local job = self.job
  local meta = { lang = job.locale, csl = job.csl, ["link-citations"] = true, bibliography = pandoc.List() }
  for _, file in ipairs(job.bibliography) do
    meta.bibliography:insert(file)
  end
  return pandoc.Meta(meta)
end

-- The whole document and the list of problems, each `{code, value, known}`.
function numbering.assemble(job)
  local report = setmetatable({
    job = job, blocks = pandoc.Blocks({}), problems = pandoc.List(), targets = {}, sources = set_of(job.sources),
    levels = { 0, 0, 0, 0, 0, 0 }, counts = { figure = 0, table = 0 }, headings = 0, depth = 0, appendices = 0,
  }, Report)
  for _, abstract in ipairs(job.abstracts) do
    report:add_abstract(abstract)
  end
  report.blocks:insert(pandoc.Div({}, pandoc.Attr("", { "cx-contents" })))
  for _, block in ipairs(job.blocks) do
    report:add(block)
  end
  local sources_heading = pandoc.Header(1, pandoc.Inlines(job.words.references), pandoc.Attr("references", { "cx-references" }))
  report.blocks:insert(sources_heading)
  report.blocks:insert(pandoc.Div({}, pandoc.Attr("refs")))
  for _, appendix in ipairs(job.appendices) do
    report:add_appendix(appendix)
  end
  local document = references.resolve(report, pandoc.Pandoc(report.blocks, report:metadata()))
  local known = pandoc.List()
  for id in pairs(report.targets) do
    known:insert(id)
  end
  known:sort()
  for _, problem in ipairs(report.problems) do
    problem.known = problem.code == "unknown_citation" and job.sources or known
  end
  return document, report.problems
end

local function without_notes(inlines)
  return inlines:walk({
    Note = function() return {} end,
    Link = function(link) return link.content end,
    Cite = function(cite) return cite.content end,
  })
end

function numbering.caption(exhibit)
  return exhibit.content[1].content[1].content
end

function numbering.note(exhibit)
  local plain = exhibit.content[2].content[1]
  return plain and plain.content or nil
end

-- What the table of contents and the lists of figures and tables hold, citations already written.
function numbering.lists(document)
  local lists = { contents = pandoc.List(), figure = pandoc.List(), table = pandoc.List() }
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" and not block.classes:includes("cx-inner") then
      lists.contents:insert({
        level = block.level, number = block.attributes.number or "", id = block.identifier,
        appendix = block.classes:includes("cx-appendix"), content = without_notes(block.content),
      })
    elseif block.t == "Div" and block.classes:includes("cx-exhibit") then
      local kind = block.classes:includes("cx-figure") and "figure" or "table"
      lists[kind]:insert({
        number = block.attributes.number, id = block.identifier, content = without_notes(numbering.caption(block)),
      })
    end
  end
  return lists
end

-- Citations written, list of sources made; without any source its heading goes too.
function numbering.cited(document)
  document = pandoc.utils.citeproc(document)
  local blocks = pandoc.Blocks({})
  for position, block in ipairs(document.blocks) do
    local following = document.blocks[position + 1]
    local empty = block.t == "Header" and block.classes:includes("cx-references") and #following.content == 0
    if not empty then
      blocks:insert(block)
    end
  end
  return pandoc.Pandoc(blocks, document.meta)
end

-- The label of a heading: "2.1", "Liite 1.", or nothing.
function numbering.label(header, job)
  local number = header.attributes.number
  if not number then
    return ""
  end
  return header.classes:includes("cx-appendix") and job.words.appendix .. "\u{a0}" .. number .. "." or number
end

return numbering
