-- MLRegistry and MLAsset follow kstatus: a status counts for the generation that it was computed for; then Stalled,
-- Reconciling and Ready, in this order. Both kinds are read alike. Nothing beyond Lua's base library is used, so
-- that the same text works built in and in argocd-cm.

local function condition(kind)
  if type(obj.status) == "table" and type(obj.status.conditions) == "table" then
    for _, one in ipairs(obj.status.conditions) do
      if type(one) == "table" and one.type == kind then
        return one
      end
    end
  end
  return {}
end

local function health(status, message)
  return {status = status, message = message or ""}
end

local ready = condition("Ready")

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", ready.message or "The object is being deleted.")
end

-- Suspending freezes the status, which is then of an older generation; so this comes before the generation.
if obj.spec ~= nil and obj.spec.suspend == true then
  return health("Suspended", "spec.suspend is true: nothing is read, changed or reported until it is false.")
end

local generation = obj.metadata.generation
if type(obj.status) ~= "table" or generation == nil or obj.status.observedGeneration ~= generation then
  return health("Progressing", "The operator has not looked at generation " .. tostring(generation) .. " yet.")
end

local stalled = condition("Stalled")
if stalled.status == "True" then
  return health("Degraded", stalled.message)
end

local reconciling = condition("Reconciling")
if reconciling.status == "True" then
  return health("Progressing", ready.message or reconciling.message)
end

if ready.status == "True" then
  return health("Healthy", ready.message)
end

return health("Progressing", ready.message or "The operator has not said yet whether the object is ready.")
