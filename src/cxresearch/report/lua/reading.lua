-- Markdown as a report may hold it, read by pandoc.
local reading = {}

-- Parts of pandoc's Markdown that a report does not have, each with a pattern of the texts that it could matter to.
-- Only those that matter are named to pandoc: naming all of them takes longer than reading the text.
local HEADING = { "auto_identifiers", "implicit_header_references" }
reading.ABSENT = {
  { "<[%a/!?]", { "raw_html", "native_divs", "native_spans", "markdown_in_html_blocks" } },
  { "\\", { "raw_tex", "latex_macros" } },
  { "{%s*=", { "raw_attribute" } },
  { "%-%-%-", { "yaml_metadata_block" } },
  { "^%s*%%", { "pandoc_title_block" } },
  { "#", HEADING },
  { "\n[>%s]*[=-]+%s*\n", HEADING },
  { "!%[", { "implicit_figures" } },
  { "@[^%s%]]*[.)]", { "example_lists" } },
  { "|", { "table_captions" } },
  { "%-%-", { "table_captions" } },
}

local function format(markdown)
  local absent, lines = {}, "\n" .. markdown .. "\n"
  for _, part in ipairs(reading.ABSENT) do
    if lines:find(part[1]) then
      for _, extension in ipairs(part[2]) do
        absent[extension] = false
      end
    end
  end
  return { format = "markdown", extensions = absent }
end

function reading.blocks(markdown)
  return pandoc.read(markdown, format(markdown)).blocks
end

function reading.inlines(markdown)
  local blocks = reading.blocks(markdown)
  local first = blocks[1]
  if #blocks == 1 and (first.t == "Para" or first.t == "Plain") then
    return first.content
  end
  return pandoc.Inlines(markdown)
end

return reading
