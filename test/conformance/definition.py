"""A game's definition (section 2 of docs/PROTOCOL.md): what its columns hold, and the hash by which both ends know that
they mean the same. A type is a word ("u8") or a list of the word and what is in its brackets; a field is a type, or a
dict of "type" and what is not as usual: "static": true, "drawn": "smooth" or "step", "eyes": "owner" or "hidden",
"tolerance". Rule ids in brackets are the document's."""

import json
import math
import struct
from decimal import Decimal

import msgpack

WHOLE = {"u8": (0, 2**8), "u16": (0, 2**16), "u32": (0, 2**32), "i8": (-(2**7), 2**7), "i16": (-(2**15), 2**15),
         "i32": (-(2**31), 2**31), "ref": (0, 2**24), "f32": (0, 2**32), "quat": (0, 2**32), "flag": (0, 2)}
EMPTY_BOX = {"f64": 0.0, "text": "", "bytes": b"", "json": msgpack.packb(None), "optional": None, "list": []}
NO_TURN = 3 << 30 | 512 << 20 | 512 << 10 | 512


class Field:
    def __init__(self, name, spec):
        spec = spec if isinstance(spec, dict) else {"type": spec}
        self.name, self.type = name, spec["type"]
        self.word, *self.args = [self.type] if isinstance(self.type, str) else self.type
        self.static, self.eyes = spec.get("static", False), spec.get("eyes", "all")
        self.drawn = spec.get("drawn", "smooth" if self.word in ("fixed", "angle", "f32", "quat") else "step")
        self.tolerance = spec.get("tolerance", 0)
        self.boxed = self.word in EMPTY_BOX or self.word == "group"
        self.pattern = self.word in ("f32", "quat")
        self.exact = not self.boxed and self.eyes != "hidden" and self.word not in ("flag", "choice", "quat")
        self.low, self.end = (0, 0) if self.boxed else WHOLE.get(self.word) or (0, self.count())
        is_narrow = self.end - self.low <= 2**29
        self.steady = self.drawn == "smooth" and not self.boxed and not self.pattern and is_narrow

    def count(self):
        """How many whole numbers stand for something, from 0. [G1]"""
        if self.word == "fixed":
            low, high, step = self.args
            return math.floor((high - low) / step + 0.5) + 1
        return 2 ** self.args[0] if self.word == "angle" else len(self.args)

    def canonical(self):
        age = "static" if self.static else "live"
        return f"{self.name}: {type_text(self.type)} {age} {self.drawn} {self.eyes} {number_text(self.tolerance)}"

    def empty(self):
        """What a cell holds that nobody has touched. [I3]"""
        if self.word == "fixed":
            low, high, step = self.args
            return math.floor((min(max(0, low), high) - low) / step + 0.5)
        if self.word == "group":
            return [Field(name, part).empty() for name, part in self.args[0].items()]
        return EMPTY_BOX[self.word] if self.boxed else NO_TURN if self.word == "quat" else 0

    def restore(self, cell):
        """The number that a cell stands for. [G1]"""
        if self.word == "fixed":
            return self.args[0] + cell * self.args[2]
        if self.word == "angle":
            return (cell if cell * 2 < self.end else cell - self.end) * math.tau / self.end
        return struct.unpack("<f", cell.to_bytes(4, "little"))[0] if self.word == "f32" else cell

    def distance(self, to, start):
        """The difference of two cells; on a circle the shorter way, half of it backward. [S4] [S11]"""
        if self.word != "angle":
            return to - start
        ahead = (to - start) % self.end
        return ahead if ahead * 2 < self.end else ahead - self.end

    def placed(self, whole):
        """A sum of cells as the cell that it is. [S4]"""
        return whole % self.end if self.word == "angle" else (whole - self.low) % 2**32 + self.low


def number_text(number):
    """A number as ECMAScript writes it, where that is without an exponent."""
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def type_text(kind):
    if isinstance(kind, str):
        return kind
    word, *args = kind
    if word == "choice":
        return f"choice({json.dumps(args, separators=(',', ':'), ensure_ascii=False)})"
    if word == "group":
        return f"group({','.join(f'{name}:{type_text(part)}' for name, part in args[0].items())})"
    texts = [type_text(arg) if isinstance(arg, (list, str)) else number_text(arg) for arg in args]
    return f"{word}({','.join(texts)})"


OWNER = Field("owner", "u32")
OWNER.exact = False


class Kind:
    """The columns of a table: scalars, then boxes. [G5]"""

    def __init__(self, name, fields, owned):
        self.name = name
        self.scalars = ([OWNER] if owned else []) + [field for field in fields if not field.boxed]
        self.columns = self.scalars + [field for field in fields if field.boxed]
        self.open = [field for field in self.columns if field.eyes == "all"]
        self.live = [field for field in self.open if not field.static]
        self.private = {1: [field for field in self.columns if field.eyes == "owner"],
                        2: [field for field in self.columns if field.eyes == "hidden"]}


def digest(words):
    """[S13]"""
    value = 2**32 - 1 - len(words)
    for word in words:
        value = (value ^ word % 2**32) * 2654435761 % 2**32
        value ^= value >> 15
    return value


class Game:
    def __init__(self, definition):
        def fields(group):
            return [Field(name, spec) for name, spec in group.items()]

        def text(group):
            return f"{{ {'; '.join(field.canonical() for field in fields(group))} }}"

        def named(groups):
            return f"{{ {' '.join(f'{name} {text(group)}' for name, group in groups.items())} }}"

        parts = {"room": text, "player": text, "entities": named, "input": text, "join": text, "toServer": named,
                 "toClient": named}
        spelled = " ".join(f"{part} {write(definition[part])}" for part, write in parts.items())
        self.hash = digest(spelled.encode())
        self.kinds = [Kind(part, fields(definition[part]), False) for part in ("room", "player")]
        self.kinds += [Kind(name, fields(group), True) for name, group in definition["entities"].items()]
        self.input = Kind("input", fields(definition["input"]), False).columns
