"""Plays in a live room, knowing only docs/PROTOCOL.md: `client.py PLAN`, a JSON object of url, definition, room, join,
predicts (kinds), inputs (rows of cells, sent in turn), say (a message's kind), sum and echo (the kinds of requests, ours
and theirs), over (the kind whose first field is the last tick) and cutAfter (states after which the socket is cut, to
resume). Prints a JSON line for each frame."""

import asyncio
import contextlib
import itertools
import json
import math
import sys

import websockets

import tickwire
from definition import Game

ROUND_S = 0.05
INPUTS_A_ROUND = 3


class Client:
    def __init__(self, plan):
        self.plan, self.game = plan, Game(plan["definition"])
        self.world = tickwire.World(self.game)
        self.states = self.inputs = self.received = self.sent = self.said = 0
        self.waiting, self.heard, self.claim = [], [], None
        self.asked, self.replies = {}, []
        self.last_tick, self.has_left = math.inf, False

    async def play(self):
        while True:
            options = {"subprotocols": [tickwire.SUBPROTOCOL], "compression": None}
            async with websockets.connect(self.plan["url"], **options) as socket:
                await self.converse(socket)
            if socket.close_code != 1006:
                return show(closed=socket.close_code, heard=self.heard, said=self.said, inputs=self.inputs,
                            replies=self.replies, unanswered=len(self.asked))

    async def converse(self, socket):
        resume = self.claim and [*self.claim, self.received, self.world.newest["tick"]]
        plan = self.plan
        await socket.send(tickwire.hello(self.game, plan["room"], "", plan["join"], None, resume))
        self.welcome(await socket.recv())
        for message in self.waiting:
            await socket.send(tickwire.msgpack.packb(message))
        speaking = asyncio.create_task(self.speak(socket))
        with contextlib.suppress(websockets.ConnectionClosed):
            async for frame in socket:
                await self.hear(socket, frame)
        speaking.cancel()

    def welcome(self, frame):
        """[M4] [R4]"""
        kind, outcome, _, _, player, token, epoch, received, *_ = tickwire.plain(frame)
        tickwire.require(kind == tickwire.WELCOME, "a welcome comes first")
        tickwire.require(tickwire.OUTCOMES[outcome] == ("resumed" if self.claim else "new"), "another outcome")
        self.claim = [token, epoch]
        self.acknowledged(received)
        show(frame=frame, player=player, outcome=tickwire.OUTCOMES[outcome])

    def acknowledged(self, received):
        self.waiting = [message for message in self.waiting if message[1] > received]

    async def speak(self, socket):
        """Inputs in every round, a message, a volatile one and a request in every tenth."""
        await socket.send(tickwire.msgpack.packb([tickwire.PREDICT, self.plan["predicts"]]))
        with contextlib.suppress(websockets.ConnectionClosed):
            for turn in itertools.count():
                if self.has_left:
                    return
                if turn % 10 == 0:
                    self.said += 1
                    await self.send(socket, self.plan["say"], [f"message {self.said}"])
                    await socket.send(tickwire.msgpack.packb(self.message(0, self.plan["say"], [f"aside {self.said}"])))
                    self.asked[self.sent + 1] = [self.said, turn % 256]
                    await self.send(socket, self.plan["sum"], [self.asked[self.sent + 1], None])
                rows = [self.plan["inputs"][(self.inputs + more) % len(self.plan["inputs"])]
                        for more in range(INPUTS_A_ROUND)]
                progress = self.world.newest["tick"], self.received
                await socket.send(tickwire.inputs(self.game, progress, 0, self.inputs + 1, rows))
                self.inputs += INPUTS_A_ROUND
                await asyncio.sleep(ROUND_S)

    async def send(self, socket, kind, body):
        """[R1] [M5] [M10]"""
        self.sent += 1
        self.waiting.append(self.message(self.sent, kind, body))
        await socket.send(tickwire.msgpack.packb(self.waiting[-1]))

    def message(self, seq, kind, body):
        return [tickwire.MESSAGE, seq, kind, self.world.newest["tick"], body]

    async def hear(self, socket, frame):
        kind, body = tickwire.read_frame(frame)
        if kind == tickwire.STATE:
            await self.hear_state(socket, frame, body)
        else:
            tickwire.require(kind is None and body[0] == tickwire.MESSAGE, "a frame that nothing calls for")
            show(frame=frame, message=body)
            await self.hear_message(socket, body)
        if self.world.newest["tick"] >= self.last_tick and not self.has_left:
            self.has_left = True
            await socket.send(tickwire.msgpack.packb([tickwire.LEAVE]))

    async def hear_state(self, socket, frame, body):
        header = self.world.apply(body)
        self.acknowledged(header["received"])
        kinds = zip(self.game.kinds, self.world.newest["kinds"])
        rows = {kind.name: [row for _, row in sorted(rows.items())] for kind, rows in kinds}
        exact = {f"{kind} {id}": values for (kind, id), values in self.world.exact.items()}
        show(frame=frame, rows=rows, exact=exact, **header)
        self.states += 1
        if self.states == self.plan["cutAfter"]:
            socket.transport.abort()
        else:
            await socket.send(tickwire.ack(header["tick"], self.received))

    async def hear_message(self, socket, body):
        """[R1] [M5] [M10]"""
        _, seq, kind, tick, fields = body
        if seq <= self.received:
            return
        tickwire.require(seq == self.received + 1, "a message is missing")
        self.received = seq
        if kind == tickwire.ANSWER:
            to, reply = fields
            return self.replies.append([*self.asked.pop(to), reply and reply[0]])
        if kind == self.plan["echo"]:
            (number,), reply = fields
            tickwire.require(reply is None, "a request brings no reply")
            return await self.send(socket, tickwire.ANSWER, [seq, [number] if number % 2 == 0 else None])
        self.heard.append([kind, tick, fields])
        if kind == self.plan["over"]:
            self.last_tick = fields[0]


def show(**line):
    print(json.dumps(line, default=bytes.hex))


if __name__ == "__main__":
    asyncio.run(Client(json.loads(sys.argv[1])).play())
