"""A network that names an image as a whole: the segmentation networks' backbone, average pooling, one linear layer."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from annn.backbone import ResNet
from annn.model import ModelConfig, Prediction


class SceneClassifier(nn.Module):
    """A classification network on the backbone of `config`; its fusion, context and head are not used.

    It answers as the segmentation networks do, with the same logits at every pixel. On images whose labels are the same
    everywhere (see `datasets.ImageFolder`) the segmentation loss is then the cross-entropy of classification, and pixel
    accuracy is the share of images named rightly, so that one training loop and one evaluation serve both tasks.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = c = config
        self.backbone = ResNet(
            depth=c.depth, width=c.width, stem=c.stem, stem_widths=c.stem_widths, ceil_mode=c.ceil_mode, input=c.input
        )
        self.classifier = nn.Sequential(nn.Dropout(c.dropout), nn.Linear(self.backbone.channels[5], c.classes))

    def classify(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B K"]:
        """One logit per class for each normalised image, which may have any size."""
        return self.classifier(self.backbone(images)[5].mean((2, 3)))

    def forward(self, images: Float[Tensor, "B 3 h w"], size: tuple[int, int] | None = None) -> Prediction:
        """The logits of `classify`, repeated at every pixel of `size` (H, W), or of the images' own size when None."""
        height, width = size or (images.shape[2], images.shape[3])
        return Prediction(self.classify(images)[:, :, None, None].expand(-1, -1, height, width), None)
