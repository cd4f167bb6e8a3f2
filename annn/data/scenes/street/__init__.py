"""Street scenes in the layout of Cityscapes."""
