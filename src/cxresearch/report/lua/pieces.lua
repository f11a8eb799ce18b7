-- Short pieces of text, all written by one call of pandoc's writer: a call takes longer than the writing does.
-- `add` gives a mark that stands for the piece, `fill` puts the pieces where their marks are. No text of a report
-- holds the signs of a mark, for control signs are dropped from all of them.
local Pieces = {}
Pieces.__index = Pieces

local OPEN, CLOSE, BETWEEN = "\1", "\2", "\3"

function Pieces.of(markup, format, options)
  local parts = { markup = markup, format = format, options = options }
  parts.waiting, parts.written, parts.count = pandoc.Blocks({}), {}, 0
  return setmetatable(parts, Pieces)
end

function Pieces:add(blocks)
  self.count = self.count + 1
  self.waiting:extend(blocks)
  self.waiting:insert(pandoc.RawBlock(self.markup, BETWEEN))
  return OPEN .. self.count .. CLOSE
end

local function write(self)
  if #self.waiting > 0 then
    local text = pandoc.write(pandoc.Pandoc(self.waiting), self.format, self.options)
    for piece in text:gmatch("(.-)" .. BETWEEN) do
      self.written[#self.written + 1] = piece:gsub("^\n+", ""):gsub("\n+$", "")
    end
    self.waiting = pandoc.Blocks({})
  end
end

function Pieces:fill(text)
  write(self)
  return (text:gsub(OPEN .. "(%d+)" .. CLOSE, function(place)
    return self:fill(self.written[tonumber(place)])
  end))
end

return Pieces
