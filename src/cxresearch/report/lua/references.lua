-- Where the text points: to exhibits, sections and appendices of the report (`@fig-x`), or to its sources.
local references = {}

local PREFIXES = { fig = "figure", tbl = "table", sec = "section", app = "appendix" }
local SAFE_LINK = { http = true, https = true, mailto = true, doi = true }
local NO_BREAK = "\u{a0}"

local function split_reference(key)
  local kind = key:match("^(%a+)%-")
  if not kind then
    return nil
  end
  return PREFIXES[kind:lower()], key:sub(1, 1):lower() .. key:sub(2), kind:sub(1, 1):match("%u") ~= nil
end

local function reference(report, citation)
  local _, id, first = split_reference(citation.id)
  local target = report.targets[id]
  if not target then
    report:problem("unknown_reference", citation.id)
    return pandoc.Inlines("")
  end
  local word = ""
  if citation.mode ~= "SuppressAuthor" then
    word = report.job.words[target.kind .. "_reference" .. (first and "_first" or "")] .. NO_BREAK
  end
  local attr = pandoc.Attr("", { "cx-reference" }, { { "word", word }, { "number", target.number } })
  local link = pandoc.Link(pandoc.Inlines({ pandoc.Str(word .. target.number) }), "#" .. id, "", attr)
  local inlines = citation.prefix:clone()
  if #inlines > 0 then
    inlines:insert(pandoc.Space())
  end
  inlines:insert(link)
  inlines:extend(citation.suffix)
  return inlines
end

local function written(report, cite)
  local inlines = pandoc.Inlines({})
  for position, citation in ipairs(cite.citations) do
    if position > 1 then
      inlines:extend({ pandoc.Str(","), pandoc.Space() })
    end
    inlines:extend(reference(report, citation))
  end
  if cite.citations[1].mode == "NormalCitation" then
    inlines:insert(1, pandoc.Str("("))
    inlines:insert(pandoc.Str(")"))
  end
  return inlines
end

local function resolve_cite(report, cite)
  local inner, outer = 0, 0
  for _, citation in ipairs(cite.citations) do
    if split_reference(citation.id) then
      inner = inner + 1
    else
      outer = outer + 1
      if not report.sources[citation.id] then
        report:problem("unknown_citation", citation.id)
      end
    end
  end
  if inner > 0 and outer > 0 then
    report:problem("mixed_reference", pandoc.utils.stringify(cite.content))
  elseif inner > 0 then
    return written(report, cite)
  end
end

local function resolve_link(report, link)
  local anchor = link.target:match("^#(.*)")
  if anchor then
    if not report.targets[anchor] then
      report:problem("unknown_reference", anchor)
    end
    return nil
  end
  local scheme = link.target:match("^(%a[%w+.-]*):")
  if not (scheme and SAFE_LINK[scheme:lower()]) then
    return link.content
  end
end

local function quoted_words(report, quoted)
  local words = report.job.words
  local open, close = words.quote_open, words.quote_close
  if quoted.quotetype == "SingleQuote" then
    open, close = report.job.language == "fi" and "’" or "‘", "’"
  end
  local inlines = quoted.content:clone()
  inlines:insert(1, pandoc.Str(open))
  inlines:insert(pandoc.Str(close))
  return inlines
end

-- Links, citations and quotation marks of the whole document; what points nowhere becomes a problem.
-- Links first: the references that `cite` makes are links too and are known to be good.
function references.resolve(report, document)
  document = document:walk({
    Link = function(link) return resolve_link(report, link) end,
    Image = function(image) report:problem("picture_in_prose", image.src) end,
    Quoted = function(quoted) return quoted_words(report, quoted) end,
  })
  return document:walk({ Cite = function(cite) return resolve_cite(report, cite) end })
end

return references
