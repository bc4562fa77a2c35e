"""What stands out from a scene's rim, and how it looks: the first two steps of segmentation without labels, by hand.

The paper has a large detector and a self-supervised model for them; here it is what differs from what the rim leads to expect
(a boundary prior), and numbers that neither a colour nor a turn of the object changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]
RIM = 2  # pixels
RINGS = 6  # of the profile of distances from the middle
SMALLEST = 12  # pixels of an object; less is noise


def find_salient(images: Floats) -> Masks:
    """(n, height, width, 3) -> what is salient (n, height, width): the largest part that stands out, or nothing"""
    return np.stack([_salient(image) for image in images])


def describe_objects(images: Floats, masks: Masks) -> Floats:
    """(n, height, width, 3), (n, height, width) none of them empty -> (n, RINGS + 4), each column of mean 0 and deviation 1"""
    found = np.stack([_describe(image, mask) for image, mask in zip(images, masks, strict=True)])
    scaled: Floats = (found - found.mean(0)) / np.maximum(found.std(0), 1e-9)
    return scaled


def otsu(values: Floats) -> float:
    """The threshold that parts values best in two: the most variance between the parts (Otsu 1979)."""
    ordered = np.sort(values.ravel())
    below = np.arange(1, len(ordered))
    sums = ordered.cumsum()
    low, high = sums[:-1] / below, (sums[-1] - sums[:-1]) / (len(ordered) - below)
    best = int(np.argmax(below * (len(ordered) - below) * (high - low) ** 2))
    return float((ordered[best] + ordered[best + 1]) / 2)


def _salient(image: Floats) -> Masks:
    from scipy import ndimage

    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    plane = np.stack([np.ones_like(rows), rows, columns], -1).reshape(-1, 3).astype(np.float64)
    rim = np.ones((height, width), dtype=bool)
    rim[RIM:-RIM, RIM:-RIM] = False
    pixels = image.reshape(-1, 3)
    fitted, *_ = np.linalg.lstsq(plane[rim.ravel()], pixels[rim.ravel()], rcond=None)
    away = np.linalg.norm((pixels - plane @ fitted).reshape(image.shape), axis=-1)
    smooth = ndimage.median_filter(away, 3)
    parts, count = ndimage.label(ndimage.binary_closing(smooth > otsu(smooth)))
    if not count:
        return np.zeros((height, width), dtype=bool)
    sizes = np.bincount(parts.ravel())[1:]
    largest: Masks = parts == 1 + int(sizes.argmax())
    return largest if sizes.max() >= SMALLEST else np.zeros_like(largest)


def _describe(image: Floats, mask: Masks) -> Floats:
    """Its shape, as the profile of distances from the middle; of its texture how much, how fast and how one-sidedly it varies."""
    from scipy import ndimage

    rows, columns = np.nonzero(mask)
    size = np.sqrt(len(rows) / np.pi)
    distances = np.hypot(rows - rows.mean(), columns - columns.mean()) / size
    profile, _ = np.histogram(distances, bins=RINGS, range=(0, 2))
    inside = image[mask] - image[mask].mean(0)
    _, spread, axes = np.linalg.svd(inside, full_matrices=False)
    ink = (image - image[mask].mean(0)) @ axes[0]  # along the axis on which its colours differ most
    within = ndimage.binary_erosion(mask) | (mask & (ndimage.binary_erosion(mask).sum() == 0))
    down, right = (ndimage.sobel(ink, axis)[within] for axis in (0, 1))
    tensor = np.array([[down @ down, down @ right], [down @ right, right @ right]]) / len(down)
    small, large = np.linalg.eigvalsh(tensor)
    variance = float(ink[within].var())
    texture = [
        spread[0] / max(float(spread[1]), 1e-9),
        np.log(variance + 1e-9),
        np.log((small + large) / (variance + 1e-9) + 1e-9),
        (large - small) / (large + small + 1e-9),
    ]
    return np.concatenate([profile / len(rows), texture])
