"""Blob storage, through `azure.storage.blob.aio`."""
