"""A home of 200 entities as a hub publishes it: the documents, and the changes of a while, both from a seed."""

import dataclasses
import random
import typing

Json = dict[str, typing.Any]

ROOMS = ["Living room", "Kitchen", "Bedroom", "Study", "Bathroom", "Hall", "Garage", "Garden"]
# Kind, how many there are, and how often one of them changes against the others.
KINDS = {"thermometer": (60, 6), "light": (50, 3), "motion": (30, 4), "meter": (30, 10), "switch": (20, 1), "player": (10, 2)}


@dataclasses.dataclass(frozen=True)
class Change:
    key: str
    patch: Json  # a merge patch


def entities() -> dict[str, Json]:
    """Key → document."""
    made = {}
    for kind, (count, _) in KINDS.items():
        for number in range(count):
            room = ROOMS[number % len(ROOMS)]
            made[f"{kind}-{number}"] = {
                "type": kind,
                "source": f"hub/zigbee/0x00158d{number:010x}",
                "state": "on" if kind in ("light", "switch", "player") else "ok",
                "attributes": {"friendly_name": f"{room} {kind} {number}", "area": room, "manufacturer": "Example Devices",
                               "model": f"{kind}-v2", "firmware": "2.14.0", "link_quality": 120, **details(kind)},
            }
    return made


def details(kind: str) -> Json:
    match kind:
        case "thermometer":
            return {"celsius": 21.5, "humidity": 48, "battery": 87, "unit": "°C"}
        case "light":
            return {"brightness": 180, "color_temp": 320, "min_mireds": 153, "max_mireds": 500, "effects": ["none", "blink", "breathe", "fade"]}
        case "motion":
            return {"occupied": False, "illuminance": 40, "battery": 91}
        case "meter":
            return {"watts": 120.5, "volts": 230.1, "amperes": 0.52, "kilowatt_hours": 1834.2}
        case "player":
            return {"volume": 35, "title": "A song of some length", "artist": "Somebody and the others", "position_s": 12, "duration_s": 241}
        case _:
            return {"power_on_behavior": "previous"}


def changes(count: int, seed: int) -> list[Change]:
    """What happens, one after the other."""
    by = random.Random(seed)
    kinds = [kind for kind, (_, weight) in KINDS.items() for _ in range(weight)]
    made = []
    for _ in range(count):
        kind = by.choice(kinds)
        made.append(Change(f"{kind}-{by.randrange(KINDS[kind][0])}", patch(kind, by)))
    return made


def patch(kind: str, by: random.Random) -> Json:
    quality = {"link_quality": by.randrange(80, 255)}
    match kind:
        case "thermometer":
            return {"attributes": {"celsius": round(by.uniform(17, 25), 1), "humidity": by.randrange(35, 65), **quality}}
        case "light":
            return {"state": by.choice(["on", "off"]), "attributes": {"brightness": by.randrange(1, 255), **quality}}
        case "motion":
            return {"state": by.choice(["ok", "motion"]), "attributes": {"occupied": by.random() < 0.5, "illuminance": by.randrange(400), **quality}}
        case "meter":
            watts = round(by.uniform(0, 2_000), 1)
            return {"attributes": {"watts": watts, "amperes": round(watts / 230, 2), "kilowatt_hours": round(by.uniform(1_800, 1_900), 1)}}
        case "player":
            return {"attributes": {"position_s": by.randrange(241)}}
        case _:
            return {"state": by.choice(["on", "off"])}
