"""Analyse trained networks beyond their scores.

In: networks and images. Out: numbers and maps. `attention`: statistics of attention; `cue` and `planted`: the planted
long-range dependency; `disagreement` and `consistency`: Figure 1; `stages` and `similarity`: Figure 2 (CKA);
`effects`: what anchors do to class scores, `decisions` and `levels`: the same over data sets.
`tables` and `figures` draw the results.
"""

from annn.analysis.planted import has_planted, planted_decisions

__all__ = ["has_planted", "planted_decisions"]
