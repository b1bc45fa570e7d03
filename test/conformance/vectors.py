"""Reads every example of docs/PROTOCOL.md to the value that it states, and writes those of the client to the byte.
Prints a line for each; ends with 1 when one differs."""

import json
import re
import sys
from pathlib import Path

import tickwire
from definition import Game

DOCUMENT = Path(__file__).parents[2] / "docs" / "PROTOCOL.md"
FIXED = ["fixed", 0, 4096, 0.125]
GAME = Game({
    "room": {"endsAt": "u32"},
    "player": {"name": ["text", 16], "score": "u16"},
    "entities": {"ship": {"x": FIXED, "y": FIXED, "heading": ["angle", 8], "hp": "u8",
                          "ammo": {"type": "u8", "eyes": "owner"}}},
    "input": {"dx": "i8", "dy": "i8", "dash": "flag"},
    "join": {"name": ["text", 16]},
    "toServer": {"talk": {"message": ["text", 200], "type": ["choice", "text", "emote"]}},
    "toClient": {"talk": {"id": "u32", "message": ["text", 200],
                          "from": ["group", {"name": ["text", 16], "id": "u32"}]}},
})
WELCOME = ["outcome", "reason", "room", "player", "token", "epoch", "received", "tick", "tickRate", "sendRate",
           "resumeWindowMs"]


def encode(sort, value):
    """A client's message, or None for one that a client never writes."""
    if sort == "ack":
        return tickwire.ack(value["ackTick"], value["received"])
    if sort == "input":
        rows = [[int(row[field.name]) for field in GAME.input] for row in value["inputs"]]
        return tickwire.inputs(GAME, (value["ackTick"], value["received"]), value["behind"], value["firstSeq"], rows)
    if sort == "hello":
        resume = value.get("resume")
        claim = resume and [resume["token"], resume["epoch"], resume["received"], resume["lastTick"]]
        return tickwire.hello(GAME, value["room"], value["id"], value["join"], value["options"], claim, value.get("auth"))
    messages = {"message": lambda: [tickwire.MESSAGE, value["seq"], value["kind"], value["tick"], value["body"]],
                "predict": lambda: [tickwire.PREDICT, value["kinds"]], "leave": lambda: [tickwire.LEAVE],
                "watch": lambda: [tickwire.WATCH, int(value["isHidden"])],
                "keyframe": lambda: [tickwire.KEYFRAME, value["tick"], value["digests"]]}
    return tickwire.msgpack.packb(messages[sort]()) if sort in messages else None


def decode(world, frame):
    """What a server's message says, in the document's words, or None for one that a client never reads."""
    kind, body = tickwire.read_frame(frame)
    if kind == tickwire.STATE:
        return world.apply(body) | {"rows": rows_of(world.newest)}
    if kind is not None:
        return None
    if body[0] == tickwire.WELCOME:
        value = {"type": "welcome", **dict(zip(WELCOME, body[1:], strict=True))}
        return value | {"outcome": tickwire.OUTCOMES[value["outcome"]]}
    if body[0] == tickwire.STOPPING:
        return {"type": "stopping", "reconnectWithinMs": body[1]}
    if body[0] == tickwire.MESSAGE:
        return {"type": "message", **dict(zip(["seq", "kind", "tick", "body"], body[1:], strict=True))}
    return None


def rows_of(snapshot):
    """The values behind the cells; those that are not for these eyes show as nothing."""
    return {kind.name: [{"id": row["id"], **{field.name: shown(field, row) for field in kind.columns}}
                        for _, row in sorted(rows.items())] for kind, rows in zip(GAME.kinds, snapshot["kinds"])}


def shown(field, row):
    value = row.get(field.name, field.empty())
    return value if field.boxed else field.restore(value)


def main():
    document, world, failed = DOCUMENT.read_text(), tickwire.World(GAME), 0
    checks = [("the hash of the definition", GAME.hash, int(re.search(r"whose hash is `(\d+)`", document)[1]))]
    for block in re.findall(r"```vectors\n(.*?)```", document, re.S):
        for name, value, digits in re.findall(r"^(.*?): (\{.*\})\n {2}([0-9a-f\n ]+)$", block, re.M):
            value, frame = json.loads(value), bytes.fromhex(digits)
            written, read = encode(name.split(",")[0], value), decode(world, frame)
            checks += [(f"{name}, written", written.hex(), frame.hex())] if written else []
            checks += [(f"{name}, read", read, value)] if read else []
    for name, ours, theirs in checks:
        print("as stated" if ours == theirs else f"FAILED: {ours} is not {theirs}", f"({name})")
        failed += ours != theirs
    print(f"{len(checks) - failed} as stated, {failed} not")
    return 1 if failed or len(checks) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
