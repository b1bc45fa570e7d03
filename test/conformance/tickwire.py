"""The Tickwire protocol, version 1, as a client has to know it. Written from docs/PROTOCOL.md alone, to prove that the
document says all there is to say: whoever changes the wire changes the document first, then the code, then this file.
Rule ids in brackets are the document's. What is not to the letter of it raises a ProtocolError."""

import math
import struct

import msgpack

from definition import digest

VERSION, SUBPROTOCOL = 1, "tickwire.1"
STATE, INPUT, ACK = 1, 2, 3
HELLO, MESSAGE, PREDICT, LEAVE, WELCOME, STOPPING, WATCH, KEYFRAME = 1, 2, 3, 4, 5, 6, 7, 8
ANSWER = 255
OUTCOMES = ["new", "resumed", "reset"]
REFUSED_KEYS = {"__proto__", "constructor", "prototype", "then", "toJSON", "toString", "valueOf", "hasOwnProperty"}


class ProtocolError(Exception):
    pass


def require(holds, what):
    if not holds:
        raise ProtocolError(what)


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
            # What is left of the number says whether it left the view, or entered it.
            gap = self.varint() >> 1
            slot += gap
            require(gap > 0 and slot < 65536, "slots ascend from 1 to 65535")
            yield slot

    def cell(self, field, was):
        """[S4] [S5]"""
        if field.boxed:
            return plain(self.take(self.varint()))
        if field.pattern:
            bits = int.from_bytes(self.take(4), "little")
            require(field.word != "f32" or math.isfinite(field.restore(bits)), f"{field.name} is not finite [G1]")
            return bits
        value = field.placed(was + self.zigzag())
        require(value < field.end, f"{field.name} is out of its range")
        return value

    def exact(self, form):
        return struct.unpack("<f", self.take(4))[0] if form == 1 else struct.unpack("<d", self.take(8))[0]

    def finish(self):
        require(self.at == len(self.data), "bytes are left over")


def cell(field, value, was):
    if field.boxed:
        return region(msgpack.packb(value))
    return value.to_bytes(4, "little") if field.pattern else zigzag(field.distance(value, was))


# Sections 3 and 5: what a client says.


def hello(game, room, instance, join, options, resume, auth=None):
    """`resume`: None or [token, epoch, received, lastTick]."""
    return msgpack.packb([HELLO, VERSION, game.hash, room, instance, join, options, resume, auth])


def progress(ack_tick, received):
    return varint(ack_tick) + varint(received)


def ack(ack_tick, received):
    return ext(ACK, progress(ack_tick, received))


def inputs(game, said, behind, first_seq, rows):
    """`said`: the tick and the message of `progress`. `rows`: of cells, one for each column of the game's input. [I2] to [I4]"""
    body = progress(*said) + varint(behind) + varint(first_seq) + varint(len(rows))
    before = [field.empty() for field in game.input]
    for row in rows:
        differs = [value != was for value, was in zip(row, before)]
        cells = [cell(*change) for change, differ in zip(zip(game.input, row, before), differs) if differ]
        body += bits(differs) + b"".join(cells)
        before = row
    return ext(INPUT, body)


# Section 6: the state. A snapshot is its tick and, for each kind, a dict from slot to row; a row is a dict of "id" and
# of the cells that are known here, by column name.


def empty_snapshot(game):
    return {"tick": 0, "kinds": [{} for _ in game.kinds]}


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
        back, flags = divmod(reader.varint(), 16)
        require(flags < 8, "flags that there are")
        header = {"tick": tick, "baseTick": tick - back if back else 0, "isSteady": flags & 1 == 1}
        header.update(inputSeq=reader.varint(), received=reader.varint())
        if flags & 2:
            header["hash"] = int.from_bytes(reader.take(4), "little")
        if flags & 4:
            heard, held, time = reader.take(1)[0], reader.varint(), reader.varint()
            header["timing"] = {"heard": heard, "held": held, "time": time, "spare": reader.zigzag()}
        require(tick > self.newest["tick"], "ticks only grow")
        kinds = self.expected(tick, *self.baselines(header))
        self.read_delta(reader, kinds)
        self.read_private(reader, kinds)
        reader.finish()
        require(header.get("hash") in (None, digest(digests(self.game, kinds))), "the state has another hash")
        self.states = self.states[-63:] + [{"tick": tick, "kinds": kinds}]
        return header

    def baselines(self, header):
        """The state to start from and, for a steady frame, the two before it. [S1] [S11]"""
        if header["baseTick"] == 0:
            require(not header["isSteady"], "nothing moves on from nothing")
            return [empty_snapshot(self.game)]
        at = next((index for index, state in enumerate(self.states) if state["tick"] == header["baseTick"]), None)
        require(at is not None, "a baseline that is not held")
        if not header["isSteady"]:
            return [self.states[at]]
        require(at >= 2 and self.states[at - 2]["tick"] > 0, "the two before the baseline are not held")
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


def digests(game, kinds):
    """Of all columns that are for all eyes. [S13]"""
    found = []
    for kind, rows in zip(game.kinds, kinds):
        ordered = [row for _, row in sorted(rows.items())]
        found.append(digest([row["id"] for row in ordered]))
        found += [digest([word(field, row[field.name]) for row in ordered]) for field in kind.open]
    return found


def word(field, value):
    return digest(msgpack.packb(value)) if field.boxed else value


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
