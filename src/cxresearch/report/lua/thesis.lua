-- One report: job.json in the working folder → neutral document, numbered once → each format asked for.
-- Run as `pandoc lua thesis.lua` with paths relative to the working folder, so that no machine path enters a file.
local home = arg[0]:match("^(.*[/\\])") or ""
package.path = home .. "?.lua;" .. package.path

local numbering = require("numbering")
local writers = { html = require("html"), typst = require("typst"), docx = require("docx") }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function save(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local job = pandoc.json.decode(read("job.json"), false)
job.exhibits = numbering.exhibits(job)
local document, problems = numbering.assemble(job)
if #problems > 0 then
  save("problems.json", pandoc.json.encode(problems))
  os.exit(0)
end
document = numbering.cited(document)
local lists = numbering.lists(document)
for _, target in ipairs(job.targets) do
  local writer = writers[target]
  save("report." .. target, writer.write(document:clone(), lists, job, read))
end
