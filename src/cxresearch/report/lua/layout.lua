-- How wide a table's columns are, guessed from their texts, the same for paper and for Word.
local layout = {}

local GAP = 2.6 -- characters of padding per column
local PORTRAIT, LANDSCAPE = 92, 142 -- characters of table text on a line of 16 cm and 24.7 cm

local BOLD = 1.15 -- a heading's letters are that much wider
local WORD, HEADING = 15, 10 -- longer words are hyphenated, in cells and in headings
local PHRASE = 24 -- so much of a text on one line reads well
local SQUEEZE = 1.18 -- smaller type before a page is turned
local SMALLER = 0.86 -- type that small, for texts to read well
local SHORT = 12 -- lines; a shorter table is not broken between pages

local function longest_word(text)
  local longest = 0
  for word in text:gmatch("%S+") do
    longest = math.max(longest, utf8.len(word) or #word)
  end
  return longest
end

local function length(text)
  return utf8.len(text) or #text
end

-- Characters that each column wants (`wish`), reads well with (`good`) and needs at least (`least`).
local function demands(tbl)
  local wish, good, least = {}, {}, {}
  for position, column in ipairs(tbl.columns) do
    local word, number = longest_word(column.label), column.align == "right"
    local label = math.min(length(column.label), 14)
    wish[position], least[position] = BOLD * math.max(word, label), BOLD * math.min(word, HEADING)
    good[position] = BOLD * math.min(word, WORD)
    for _, row in ipairs(tbl.rows) do
      local whole = length(row[position])
      local need = math.min(number and whole or longest_word(row[position]), number and 24 or WORD)
      wish[position] = math.max(wish[position], whole)
      good[position] = math.max(good[position], need, number and 0 or math.min(whole, PHRASE))
      least[position] = math.max(least[position], need)
    end
    for _, widths in ipairs({ wish, good, least }) do
      widths[position] = widths[position] + GAP
    end
  end
  return wish, good, least
end

local function sum(numbers)
  local total = 0
  for _, number in ipairs(numbers) do
    total = total + number
  end
  return total
end

-- Columns that want little get it; the rest share what is left in proportion to their wishes.
local function share(wish, least, room)
  local widths, total_wish, total_least = {}, sum(wish), sum(least)
  for position in ipairs(wish) do
    if total_wish <= room then
      widths[position] = wish[position]
    elseif total_least >= room then
      widths[position] = least[position] * room / total_least
    else
      local spare = (room - total_least) / (total_wish - total_least)
      widths[position] = least[position] + (wish[position] - least[position]) * spare
    end
  end
  return widths
end

-- Lines of type that the body of a table takes, each cell broken to its column's width in characters.
local function height(tbl, widths)
  local lines = 0
  for _, row in ipairs(tbl.rows) do
    local most = 1
    for position, text in ipairs(row) do
      most = math.max(most, math.ceil((utf8.len(text) or #text) / math.max(widths[position] - GAP, 1)))
    end
    lines = lines + most
  end
  return lines
end

-- `landscape`: needs a page turned; `scale`: type size as a share of the usual; `widths`: shares of the line;
-- `short`: stays on one page.
function layout.of(tbl)
  local wish, good, least = demands(tbl)
  local landscape = sum(least) > PORTRAIT * SQUEEZE
  local room = landscape and LANDSCAPE or PORTRAIT
  local scale = math.min(math.max(SMALLER, math.min(1, room / sum(good))), math.max(0.65, room / sum(least)))
  room = room / scale
  local widths = share(wish, least, room)
  local lines, total = height(tbl, widths), sum(widths)
  if total > room * 0.8 then
    room = total
  end
  for position in ipairs(widths) do
    widths[position] = widths[position] / room
  end
  return { landscape = landscape, scale = scale, widths = widths, full = total >= room, short = lines <= SHORT }
end

local function is(block, class)
  return block ~= nil and block.t == "Div" and block.classes:includes(class)
end

-- The blocks in stretches of upright and turned pages; headings right above a turned table turn with it.
function layout.stretches(blocks, job)
  local stretches, upright = {}, {}
  for _, block in ipairs(blocks) do
    if is(block, "cx-table") and layout.of(job.exhibits[block.identifier]).landscape then
      local turned = { block }
      while #upright > 0 and upright[#upright].t == "Header" do
        table.insert(turned, 1, table.remove(upright))
      end
      if #upright > 0 then
        stretches[#stretches + 1] = { blocks = upright }
      end
      stretches[#stretches + 1] = { blocks = turned, turned = true }
      upright = {}
    else
      upright[#upright + 1] = block
    end
  end
  if #upright > 0 then
    stretches[#stretches + 1] = { blocks = upright }
  end
  return stretches
end

return layout
