-- Texts read in the quick way and in the plain one; short pieces written together and each by itself.
package.path = arg[1] .. "/?.lua"
local reading = require("reading")
local Pieces = require("pieces")
local texts = pandoc.json.decode(io.read("a"), false)

local all = "markdown"
local named = {}
for _, part in ipairs(reading.ABSENT) do
  for _, extension in ipairs(part[2]) do
    if not named[extension] then
      all, named[extension] = all .. "-" .. extension, true
    end
  end
end

local found = { read = {}, written = {} }
for position, text in ipairs(texts) do
  found.read[position] = reading.blocks(text) == pandoc.read(text, all).blocks
end
for _, format in ipairs({ "typst", "html" }) do
  local pieces, marks, alone = Pieces.of(format, format, { wrap_text = "none" }), {}, {}
  for position, text in ipairs(texts) do
    local plain = { pandoc.Plain(reading.inlines(text)) }
    marks[position] = pieces:add(plain)
    alone[position] = pandoc.write(pandoc.Pandoc(plain), format, { wrap_text = "none" })
  end
  for position, mark in ipairs(marks) do
    table.insert(found.written, pieces:fill("<" .. mark .. ">") == "<" .. alone[position] .. ">")
  end
end
print(pandoc.json.encode(found))
