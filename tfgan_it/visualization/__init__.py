"""Pictures of generated samples: grids, traversals of codes, interpolations."""

from tfgan_it.visualization.animations import animated, code_animation, interpolation
from tfgan_it.visualization.files import save_animation, save_picture
from tfgan_it.visualization.information_plane import information_plane
from tfgan_it.visualization.interval_rows import interval_rows
from tfgan_it.visualization.layout import montage, stacked
from tfgan_it.visualization.models import (
    attention_maps,
    code_traversal,
    obstacle_to_drawing,
    reconstructions,
    sample_grid,
    sample_sounds,
    samples_from_latents,
    translations,
)
from tfgan_it.visualization.pil import to_pil
from tfgan_it.visualization.samples import grid, is_drawable, pairs, scatter
from tfgan_it.visualization.sounds import joined_sounds, sounds
from tfgan_it.visualization.texts import words

__all__ = [
    "animated",
    "attention_maps",
    "code_animation",
    "code_traversal",
    "grid",
    "information_plane",
    "interpolation",
    "interval_rows",
    "is_drawable",
    "joined_sounds",
    "montage",
    "obstacle_to_drawing",
    "pairs",
    "reconstructions",
    "sample_grid",
    "sample_sounds",
    "samples_from_latents",
    "save_animation",
    "save_picture",
    "scatter",
    "sounds",
    "stacked",
    "to_pil",
    "translations",
    "words",
]
