#!/usr/bin/env python3
"""Draws color.png (192 x 192) and outline.png (32 x 32, white on transparent): a speech bubble that holds a handset.

Run it beside the pictures after a change of the shapes; nothing but Python's own library is needed.
Shapes are signed distances in units of the picture's width, so both sizes come from one drawing.
What Teams asks of the two pictures: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
"""

import math
import struct
import zlib
from pathlib import Path

TOP, BOTTOM, WHITE = (0x13, 0x8D, 0x90), (0x0A, 0x5C, 0x6B), (255, 255, 255)


def box(x, y, half, radius):
    """Distance to a rounded box around the origin."""
    dx, dy = abs(x) - half[0] + radius, abs(y) - half[1] + radius
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius


def triangle(x, y, corners):
    """Distance to a triangle, corners clockwise as drawn (y grows downwards); exact inside and along the edges."""
    nearest = -math.inf
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1]):
        nearest = max(nearest, ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / math.hypot(bx - ax, by - ay))
    return nearest


def bubble(x, y):
    """A speech bubble with its tail at the lower left."""
    body = box(x - 0.5, y - 0.46, (0.34, 0.29), 0.11)
    tail = triangle(x, y, [(0.27, 0.66), (0.46, 0.66), (0.27, 0.87)])
    return min(body, tail)


def handset(x, y, thick):
    """A telephone handset, lying on its back along the falling diagonal."""
    x, y = (x - 0.535) / 0.95, (y - 0.425) / 0.95
    u, v = (x + y) * math.sqrt(0.5), (y - x) * math.sqrt(0.5)
    radius, reach = 0.175, math.radians(62)
    angle = math.atan2(u, v)
    if abs(angle) <= reach:
        bow = abs(math.hypot(u, v) - radius)
    else:
        bow = math.hypot(abs(u) - radius * math.sin(reach), v - radius * math.cos(reach))
    side = abs(u) - 0.152
    cup = box(side, v - 0.062, (thick * 1.25, thick * 1.02), thick * 0.5)
    return min(bow - thick * 0.62, cup)


def cover(distance, pixel):
    """How much of a pixel a shape covers, from the distance at its middle."""
    return min(1.0, max(0.0, 0.5 - distance / pixel))


def mix(below, above, share):
    return tuple(round(b + (a - b) * share) for b, a in zip(below, above))


def color(x, y, pixel):
    back = mix(TOP, BOTTOM, y)
    return (*mix(mix(back, WHITE, cover(bubble(x, y), pixel)), back, cover(handset(x, y, 0.062), pixel)), 255)


def outline(x, y, pixel):
    # The small picture has no background to spare: the same drawing, larger.
    x, y = 0.5 + (x - 0.5) * 0.76, 0.5 + (y - 0.5) * 0.76
    line = abs(bubble(x, y) + 0.028) - 0.028
    share = max(cover(line, pixel * 0.76), cover(handset(x, y, 0.062), pixel * 0.76))
    return (*WHITE, round(255 * share))


def png(side, paint):
    rows = b"".join(
        b"\0" + bytes(v for x in range(side) for v in paint((x + 0.5) / side, (y + 0.5) / side, 1 / side))
        for y in range(side)
    )

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "color.png").write_bytes(png(192, color))
    (here / "outline.png").write_bytes(png(32, outline))
