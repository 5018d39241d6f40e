"""The data planes: where blobs and images lie. They plug into the door beside the control plane."""
