"""The Tickwire protocol, version 1, as a client has to know it. Written from docs/PROTOCOL.md alone, to prove that the
document says all there is to say: whoever changes the wire changes the document first, then the code, then this file.
Rule ids in brackets are the document's. What is not to the letter of it raises a ProtocolError."""

import json
import math
import struct
from decimal import Decimal

import msgpack

VERSION, SUBPROTOCOL = 1, "tickwire.1"
STATE, INPUT, ACK = 1, 2, 3
HELLO, MESSAGE, PREDICT, LEAVE, WELCOME, STOPPING = 1, 2, 3, 4, 5, 6
OUTCOMES = ["new", "resumed", "reset"]
REFUSED_KEYS = {"__proto__", "constructor", "prototype", "then", "toJSON", "toString", "valueOf", "hasOwnProperty"}
INTEGERS = {"u8": (0, 2**8), "u16": (0, 2**16), "u32": (0, 2**32), "i8": (-(2**7), 2**7),
            "i16": (-(2**15), 2**15), "i32": (-(2**31), 2**31), "ref": (0, 2**24)}
BOXED = {"f64", "text", "bytes", "json", "optional", "list", "group"}
SMOOTH = {"fixed", "angle", "f32", "quat"}
IDENTITY = 3 << 30 | 512 << 20 | 512 << 10 | 512
NO_NUMBERS = {"flag", "choice", "quat"}


class ProtocolError(Exception):
    pass


def require(holds, what):
    if not holds:
        raise ProtocolError(what)


# Section 2: the definition. A type is a word ("u8") or a list of the word and what is in its brackets, a field is a
# type or a dict: {"type", "static", "drawn": "smooth" or "step", "eyes": "owner" or "hidden", "tolerance"}.


class Field:
    def __init__(self, name, spec):
        spec = spec if isinstance(spec, dict) else {"type": spec}
        self.name, self.type = name, spec["type"]
        self.word, *self.args = [self.type] if isinstance(self.type, str) else self.type
        self.static, self.eyes = spec.get("static", False), spec.get("eyes", "all")
        self.drawn = spec.get("drawn", "smooth" if self.word in SMOOTH else "step")
        self.tolerance = spec.get("tolerance", 0)
        self.boxed = self.word in BOXED
        self.pattern = self.word in ("f32", "quat")
        if not self.boxed:
            self.low, self.end = self.range()
        self.steady = not self.boxed and not self.pattern and self.drawn == "smooth"
        self.exact = not self.boxed and self.eyes != "hidden" and self.word not in NO_NUMBERS

    def range(self):
        """The whole numbers that a scalar may be, the end not included. [G1]"""
        if self.word == "fixed":
            low, high, step = self.args
            return 0, math.floor((high - low) / step + 0.5) + 1
        ends = {"angle": lambda: 2 ** self.args[0], "flag": lambda: 2, "choice": lambda: len(self.args)}
        return INTEGERS.get(self.word) or (0, ends.get(self.word, lambda: 2**32)())

    def canonical(self):
        age = "static" if self.static else "live"
        return f"{self.name}: {type_text(self.type)} {age} {self.drawn} {self.eyes} {number_text(self.tolerance)}"

    def quantise(self, value):
        """A scalar's whole number. [G1]"""
        if self.word == "fixed":
            low, high, step = self.args
            return math.floor((min(max(value, low), high) - low) / step + 0.5)
        if self.word == "angle":
            return math.floor(value / math.tau * self.end + 0.5) % self.end
        if self.word == "f32":
            return struct.unpack("<I", struct.pack("<f", value))[0]
        return self.args.index(value) if self.word == "choice" else int(value)

    def restore(self, cell):
        if self.word == "fixed":
            return self.args[0] + cell * self.args[2]
        if self.word == "angle":
            return (cell if cell * 2 < self.end else cell - self.end) * math.tau / self.end
        if self.word == "f32":
            return struct.unpack("<f", struct.pack("<I", cell))[0]
        return {"flag": bool, "choice": lambda index: self.args[index]}.get(self.word, lambda whole: whole)(cell)

    def empty(self):
        """What a cell holds that nobody has touched. [I3]"""
        if self.boxed:
            return empty_box(self.type)
        return self.quantise(0) if self.word == "fixed" else IDENTITY if self.word == "quat" else 0

    def distance(self, to, start):
        """The difference of two cells; on a circle the shorter way, half of it backward. [S4] [S11]"""
        if self.word != "angle":
            return to - start
        ahead = (to - start) % self.end
        return ahead if ahead * 2 < self.end else ahead - self.end

    def placed(self, whole):
        """A sum of cells brought back to where the field's cells are. [S4]"""
        cell = whole % self.end if self.word == "angle" else (whole - self.low) % 2**32 + self.low
        require(self.low <= cell < self.end, f"{self.name} is out of its range")
        return cell


def empty_box(kind):
    word, *args = [kind] if isinstance(kind, str) else kind
    if word == "group":
        return [empty_box(part) for part in args[0].values()]
    blank = {"f64": 0.0, "text": "", "bytes": b"", "json": b"\xc0", "optional": None, "list": []}
    return blank[word] if word in blank else Field("", kind).empty()


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
    texts = [type_text(part) if isinstance(part, (list, str)) else number_text(part) for part in args]
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


class Game:
    def __init__(self, definition):
        def fields(group):
            return [Field(name, spec) for name, spec in group.items()]

        def text(group):
            return f"{{ {'; '.join(field.canonical() for field in fields(group))} }}"

        def named(groups):
            return f"{{ {' '.join(f'{name} {text(group)}' for name, group in groups.items())} }}"

        parts = ["room", "player", "entities", "input", "join", "toServer", "toClient"]
        nested = {"entities", "toServer", "toClient"}
        self.text = " ".join(f"{part} {(named if part in nested else text)(definition.get(part, {}))}" for part in parts)
        self.hash = 0xCBF29CE484222325
        for byte in self.text.encode():
            self.hash = (self.hash ^ byte) * 0x100000001B3 % 2**64
        self.hash = self.hash.to_bytes(8, "big")
        self.kinds = [Kind("room", fields(definition["room"]), False), Kind("player", fields(definition["player"]), False)]
        self.kinds += [Kind(name, fields(group), True) for name, group in definition["entities"].items()]
        self.input = Kind("input", fields(definition["input"]), False).columns
        self.messages = {side: list(definition.get(side, {})) for side in ("toServer", "toClient")}


# Sections 1 and 4: frames, plain values, numbers.


def ext(kind, body):
    return msgpack.packb(msgpack.ExtType(kind, body))


def read_frame(frame):
    """The ext kind and body of a frame, or None and its plain value. [F2]"""
    if frame[:1] not in (b"\xc7", b"\xc8", b"\xc9", b"\xd4", b"\xd5", b"\xd6", b"\xd7", b"\xd8"):
        return None, plain(frame)
    value = msgpack.unpackb(frame)
    require(isinstance(value, msgpack.ExtType) and msgpack.packb(value) == frame, "an ext header is the shortest")
    return value.code, value.data


def plain(data):
    """One plain value, checked. [F3]"""
    try:
        value = msgpack.unpackb(data, strict_map_key=True, object_pairs_hook=pairs)
    except (ValueError, msgpack.UnpackException) as error:
        raise ProtocolError(f"not a plain value: {error}") from error
    require(nodes(value, 0) <= 32768, "too many nodes")
    return value


def pairs(entries):
    for key, _ in entries:
        require(isinstance(key, str) and len(key.encode()) <= 64 and key not in REFUSED_KEYS, f"the key {key!r}")
    return dict(entries)


def nodes(value, depth):
    if isinstance(value, float):
        require(math.isfinite(value), "a number that is not finite")
    elif isinstance(value, int):
        require(-(2**53) <= value < 2**53, "a number that is too large")
    elif not isinstance(value, (list, dict)):
        require(value is None or isinstance(value, (str, bytes)), "an ext inside")
    require(depth < 16 or not isinstance(value, (list, dict)), "nested too deep")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(nodes(part, depth + 1) for part in inner)


def varint(number):
    high, low = number >> 7, number & 127
    return bytes([low | 128]) + varint(high) if high else bytes([low])


def zigzag(number):
    """Of a number modulo 2^32, as the one of its two readings that is nearer to 0."""
    number = (number + 2**31) % 2**32 - 2**31
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def region(data):
    return varint(len(data)) + data


def bits(flags):
    whole = sum(1 << index for index, flag in enumerate(flags) if flag)
    return whole.to_bytes((len(flags) + 7) // 8, "little")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        require(self.at + count <= len(self.data), "the body ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self):
        number = 0
        for shift in range(0, 35, 7):
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                require(number < 2**32 and (byte > 0 or shift == 0), "a varint is as short as can be, below 2^32")
                return number
        raise ProtocolError("a varint is at most five bytes")

    def zigzag(self):
        number = self.varint()
        return number >> 1 if number % 2 == 0 else -(number >> 1) - 1

    def bits(self, count):
        whole = int.from_bytes(self.take((count + 7) // 8), "little")
        require(whole >> count == 0, "a bit is set beyond the last")
        return [whole >> index & 1 == 1 for index in range(count)]

    def slots(self):
        """The slots of a list of gaps, read as they are asked for. [S3]"""
        slot = 0
        for _ in range(self.varint()):
            gap = self.varint()
            slot += gap
            require(gap > 0 and slot < 65536, "slots ascend from 1 to 65535")
            yield slot

    def cell(self, field, was):
        """[S4] [S5]"""
        if field.boxed:
            return plain(self.take(self.varint()))
        return int.from_bytes(self.take(4), "little") if field.pattern else field.placed(was + self.zigzag())

    def exact(self, form):
        return struct.unpack("<f", self.take(4))[0] if form == 1 else struct.unpack("<d", self.take(8))[0]

    def finish(self):
        require(self.at == len(self.data), "bytes are left over")


def cell(field, value, was):
    if field.boxed:
        return region(msgpack.packb(value))
    return value.to_bytes(4, "little") if field.pattern else zigzag(field.distance(value, was))


# Sections 3 and 5: what a client says.


def hello(game, room, instance, join, options, resume):
    """`resume`: None or [token, epoch, received, lastTick]."""
    return msgpack.packb([HELLO, VERSION, game.hash, room, instance, join, options, resume])


def progress(ack_tick, received):
    return varint(ack_tick) + varint(received)


def ack(ack_tick, received):
    return ext(ACK, progress(ack_tick, received))


def inputs(game, ack_tick, received, first_seq, rows):
    """`rows`: of cells, one for each column of the game's input. [I2] [I3]"""
    body = progress(ack_tick, received) + varint(first_seq) + varint(len(rows))
    before = [field.empty() for field in game.input]
    for row in rows:
        differs = [value != was for value, was in zip(row, before)]
        cells = [cell(*change) for change, differ in zip(zip(game.input, row, before), differs) if differ]
        body += bits(differs) + b"".join(cells)
        before = row
    return ext(INPUT, body)


# Section 6: the state. A snapshot is its tick and, for each kind, a dict from slot to row; a row is a dict of "id" and
# of the cells that are known here, by column name.

EMPTY = 0


def empty_snapshot(game):
    return {"tick": EMPTY, "kinds": [{} for _ in game.kinds]}


class World:
    """The states of one connection, in the order in which they came."""

    def __init__(self, game):
        self.game, self.states, self.exact = game, [empty_snapshot(game)], {}

    @property
    def newest(self):
        return self.states[-1]

    def apply(self, body):
        """Applies a state frame; its header."""
        reader = Reader(body)
        tick = reader.varint()
        back, steady = divmod(reader.varint(), 2)
        header = {"tick": tick, "baseTick": tick - back if back else EMPTY, "isSteady": steady == 1}
        header.update(inputSeq=reader.varint(), received=reader.varint())
        require(tick > self.newest["tick"], "ticks only grow")
        kinds = self.expected(tick, *self.baselines(header))
        self.read_delta(reader, kinds)
        self.read_private(reader, kinds)
        reader.finish()
        self.states = self.states[-63:] + [{"tick": tick, "kinds": kinds}]
        return header

    def baselines(self, header):
        """The state to start from and, for a steady frame, the two before it. [S1] [S11]"""
        if header["baseTick"] == EMPTY:
            require(not header["isSteady"], "nothing moves on from nothing")
            return [empty_snapshot(self.game)]
        at = next((index for index, state in enumerate(self.states) if state["tick"] == header["baseTick"]), None)
        require(at is not None, "a baseline that is not held")
        if not header["isSteady"]:
            return [self.states[at]]
        require(at >= 2 and self.states[at - 2]["tick"] != EMPTY, "the two before the baseline are not held")
        return [self.states[at - age] for age in range(3)]

    def expected(self, tick, base, *before):
        """The baseline's rows, copied; moved on when there are two states before. [S11]"""
        kinds = [{slot: dict(row) for slot, row in rows.items()} for rows in base["kinds"]]
        if not before:
            return kinds
        times = [tick, base["tick"], *(state["tick"] for state in before)]
        for index, kind in enumerate(self.game.kinds):
            for slot, row in kinds[index].items():
                olds = [state["kinds"][index].get(slot, {"id": None}) for state in before]
                if all(old["id"] == row["id"] for old in olds):
                    for field in kind.live:
                        if field.steady:
                            row[field.name] = moved(field, [row[field.name], *(old[field.name] for old in olds)], times)
        return kinds

    def read_delta(self, reader, kinds):
        for index in self.mentioned(reader):
            kind, rows = self.game.kinds[index], kinds[index]
            for slot in reader.slots():
                require(slot in rows, "a row goes that was not there")
                del rows[slot]
            stayed = [rows[slot] for slot in sorted(rows)]
            self.read_came(reader, kind, rows)
            count = reader.varint()
            if count:
                changed = [row for row, differs in zip(stayed, reader.bits(len(stayed))) if differs]
                require(len(changed) == count, "as many rows changed as are marked")
                self.read_changed(reader, kind, changed)

    def mentioned(self, reader):
        last = 0
        while kind := reader.varint():
            require(last < kind <= len(self.game.kinds), "kinds ascend, and are in the definition")
            last = kind
            yield kind - 1

    def read_came(self, reader, kind, rows):
        came = []
        for slot in reader.slots():
            require(slot not in rows, "a row comes where one is")
            rows[slot] = {"id": reader.take(1)[0] * 65536 + slot}
            came.append(rows[slot])
        for field in kind.open if came else ():
            for row in came:
                row[field.name] = reader.cell(field, 0)

    def read_changed(self, reader, kind, changed):
        for field, some in zip(kind.live, reader.bits(len(kind.live))):
            for row, differs in zip(changed, reader.bits(len(changed)) if some else ()):
                if differs:
                    row[field.name] = reader.cell(field, row[field.name])

    def read_private(self, reader, kinds):
        """[S8]"""
        while number := reader.varint():
            require(number <= len(self.game.kinds), "a kind that is not in the definition")
            kind, slot, parts = self.game.kinds[number - 1], reader.varint(), reader.take(1)[0]
            require(0 < parts < 8 and slot in kinds[number - 1], "parts of a row that is there")
            row = kinds[number - 1][slot]
            for field in [field for part in (1, 2) if parts & part for field in kind.private[part]]:
                row[field.name] = reader.cell(field, 0)
            if parts & 4:
                self.exact[number - 1, row["id"]] = self.read_exact(reader, kind, row)

    def read_exact(self, reader, kind, row):
        """The exact values of a row by column. [S9]"""
        marks = reader.bits(len(kind.scalars) * 2)
        forms = [low + 2 * high for low, high in zip(marks[::2], marks[1::2])]
        require(max(forms) < 3, "a form of exact value that is not there")
        return {field.name: reader.exact(form) if form else field.restore(row[field.name])
                for field, form in zip(kind.scalars, forms) if field.exact}


def moved(field, values, times):
    """Where a steady cell is expected at times[0], from its values at the three times before. [S11]"""
    v0, v1, v2 = values
    now, t0, t1, t2 = times
    latest, earlier = field.distance(v0, v1), field.distance(v1, v2)
    if abs(latest - scale(earlier, t0 - t1, t1 - t2)) >= abs(latest):
        return v0
    expected = v0 + scale(latest, now - t0, t0 - t1)
    return expected % field.end if field.word == "angle" else min(max(expected, field.low), field.end - 1)


def scale(difference, part, whole):
    return difference if part == whole else (2 * difference * part + whole) // (2 * whole)
