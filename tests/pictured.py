"""Data sets that consist of what figures ask of them: classes, and a source where the images are photographs."""

from annn.data.cityscapes import Cityscapes


class Streets(Cityscapes):
    """A data set without files; photographs or generated scenes."""

    def __init__(self, stand_in: bool) -> None:
        self.stand_in = stand_in


PHOTOGRAPHS, SCENES = Streets(stand_in=False), Streets(stand_in=True)
