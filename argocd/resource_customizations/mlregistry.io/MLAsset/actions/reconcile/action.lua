-- Any new token makes the operator look now. The resource version is new after every write, this one included, so
-- that no clock is needed.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["mlregistry.io/reconcile-at"] = "argocd-" .. obj.metadata.resourceVersion

return obj
