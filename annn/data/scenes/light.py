"""Light and weather of a scene: sun, sky, haze and exposure, drawn at random."""

import math
from dataclasses import dataclass

from annn.data.scenes.chance import Chance

Color = tuple[float, float, float]


def times(color: Color, gain: float) -> Color:
    """The color, brighter or darker."""
    return color[0] * gain, color[1] * gain, color[2] * gain


@dataclass(frozen=True, kw_only=True)
class Light:
    """sun: unit vector towards the sun. haze: 1 / metres at which the air's own color reaches one half.
    shadow: share of light missing in a shadow. blur: share of its light that a pixel gives to each neighbour.
    noise: standard deviation of the sensor noise, of 1."""

    weather: str
    sun: Color
    ambient: Color
    direct: Color
    sky: Color
    cloud: Color
    air: Color
    haze: float
    shadow: float
    wet: float
    clouds: str
    noise: float
    blur: float
    vignette: float

    def on(self, normal: Color) -> Color:
        """Light per channel that falls on a surface with this unit normal."""
        share = max(0.0, sum(n * s for n, s in zip(normal, self.sun, strict=True)))
        r, g, b = (a + share * d for a, d in zip(self.ambient, self.direct, strict=True))
        return r, g, b


# ambient, direct, sky at the zenith, cloud, air at the horizon, distance of half haze in metres, shadow, wet, clouds
WEATHER: dict[str, tuple[float, Color, Color, Color, Color, Color, float, float, float, str]] = {
    "clear": (0.38, (0.58, 0.62, 0.70), (0.62, 0.56, 0.46), (0.30, 0.50, 0.82), (0.95, 0.96, 0.98), (0.76, 0.83, 0.90),
              900, 0.52, 0.0, "clouds"),
    "overcast": (0.27, (0.80, 0.82, 0.85), (0.14, 0.14, 0.13), (0.66, 0.70, 0.75), (0.88, 0.89, 0.91),
                 (0.82, 0.84, 0.86), 450, 0.20, 0.0, "overcast"),
    "sunset": (0.15, (0.52, 0.47, 0.55), (0.75, 0.48, 0.24), (0.38, 0.42, 0.66), (0.98, 0.70, 0.48),
               (0.98, 0.76, 0.52), 500, 0.50, 0.0, "clouds"),
    "fog": (0.09, (0.80, 0.82, 0.84), (0.08, 0.08, 0.08), (0.76, 0.78, 0.80), (0.82, 0.84, 0.85), (0.80, 0.82, 0.84),
            75, 0.12, 0.2, "overcast"),
    "rain": (0.11, (0.60, 0.64, 0.70), (0.08, 0.08, 0.08), (0.50, 0.54, 0.60), (0.66, 0.69, 0.74), (0.66, 0.70, 0.75),
             170, 0.22, 1.0, "overcast"),
}  # fmt: skip


def draw_light(chance: Chance) -> Light:
    """A random weather with sun, color temperature and exposure."""
    pointer = chance.unit()
    weather = "clear"
    for name, row in WEATHER.items():
        weather = name
        pointer -= row[0]
        if pointer < 0:
            break
    _, ambient, direct, sky, cloud, air, distance, shadow, wet, clouds = WEATHER[weather]
    elevation = math.radians(chance.uniform(9, 22) if weather == "sunset" else chance.uniform(24, 62))
    azimuth = chance.uniform(-math.pi, math.pi)
    sun = (
        math.cos(elevation) * math.sin(azimuth),
        math.sin(elevation),
        math.cos(elevation) * math.cos(azimuth),
    )
    exposure = chance.uniform(0.80, 1.16)
    warmth = chance.uniform(-0.06, 0.06)
    gain = (exposure * (1 + warmth), exposure, exposure * (1 - warmth))
    bright = tuple(min(1.0, 0.55 + 0.45 * exposure) * (1 + w) for w in (warmth * 0.5, 0.0, -warmth * 0.5))

    def times(color: Color, by: Color | tuple[float, ...]) -> Color:
        r, g, b = (c * k for c, k in zip(color, by, strict=True))
        return r, g, b

    return Light(
        weather=weather,
        sun=sun,
        ambient=times(ambient, gain),
        direct=times(direct, gain),
        sky=times(sky, bright),
        cloud=times(cloud, bright),
        air=times(air, bright),
        haze=1 / (distance * chance.uniform(0.7, 1.5)),
        shadow=shadow * chance.uniform(0.8, 1.1),
        wet=wet,
        clouds="flat" if weather == "clear" and chance.true(0.25) else clouds,
        noise=chance.uniform(0.004, 0.016),
        blur=chance.uniform(0.02, 0.2),
        vignette=chance.uniform(0.0, 0.22),
    )
