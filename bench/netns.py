#!/usr/bin/env python3
"""Joins two network namespaces by a line with a delay and a rate, for as long as somebody holds its input open.

The namespaces `tickwire-server` (10.99.0.1) and `tickwire-client` (10.99.0.2) have a TUN device each; this process carries
the packets between them, so that both ends use the kernel's own TCP. The server's packets pass at --rate bytes a second,
for each of its ports by itself, as if each had a line of its own; --queue bytes wait, then the tail is dropped. Says
`ready`. Linux, root, iproute2 and /dev/net/tun; nothing outside the two namespaces is touched. A kernel needs no netem.
"""
import argparse
import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x1, 0x1000, 0x40000000
NAMES = {"tickwire-server": "10.99.0.1", "tickwire-client": "10.99.0.2"}
SERVER, CLIENT = NAMES
TCP = 6


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def open_end(name: str, address: str) -> int:
    """Makes the namespace and returns the file descriptor of its end of the line."""
    subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
    ip("netns", "add", name)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"line%d", IFF_TUN | IFF_NO_PI))
    interface = fcntl.ioctl(device, 0x800454D2, bytes(40))[:16].rstrip(b"\0").decode()
    ip("link", "set", interface, "netns", name)
    ip("-n", name, "link", "set", "lo", "up")
    ip("-n", name, "address", "add", f"{address}/24", "dev", interface)
    ip("-n", name, "link", "set", interface, "up", "txqueuelen", "5000")
    return device


class Line:
    """One direction. A rate of 0 is none."""

    def __init__(self, delay: float, rate: float, queue: float) -> None:
        self.delay, self.rate, self.queue = delay, rate, queue
        self.free_at: dict[int, float] = {}

    def due_at(self, packet: bytes, now: float) -> float | None:
        """When the packet is at the other end; None when there is no room for it."""
        if not self.rate:
            return now + self.delay
        port = source_port(packet)
        free_at = max(now, self.free_at.get(port, 0.0))
        if (free_at - now) * self.rate > self.queue:
            return None
        self.free_at[port] = free_at + len(packet) / self.rate
        return self.free_at[port] + self.delay


def source_port(packet: bytes) -> int:
    """0 for what is not TCP."""
    head = (packet[0] & 15) * 4
    return struct.unpack_from("!H", packet, head)[0] if packet[0] >> 4 == 4 and packet[9] == TCP else 0


def carry(ends: dict[int, tuple[int, Line]]) -> None:
    """From each end to the other, until the input of this process ends."""
    under_way: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, end, packet = heapq.heappop(under_way)
            os.write(end, packet)
        wait = max(0.0, under_way[0][0] - now) if under_way else 1.0
        ready, _, _ = select.select([sys.stdin, *ends], [], [], wait)
        if sys.stdin in ready and not sys.stdin.buffer.read1(1):
            return
        for end in ends:
            if end not in ready:
                continue
            packet = os.read(end, 65535)
            other, line = ends[end]
            due = line.due_at(packet, time.monotonic())
            if due is not None:
                count += 1
                heapq.heappush(under_way, (due, count, other, packet))


def main() -> None:
    parser = argparse.ArgumentParser(description="joins two network namespaces by a line")
    parser.add_argument("--delay", type=float, default=40, help="one way, ms")
    parser.add_argument("--rate", type=float, default=60_000, help="server to client, bytes a second; 0: no limit")
    parser.add_argument("--queue", type=float, default=64_000, help="bytes that may wait for the rate")
    options = parser.parse_args()
    try:
        server, client = (open_end(name, address) for name, address in NAMES.items())
        down = Line(options.delay / 1000, options.rate, options.queue)
        up = Line(options.delay / 1000, 0, 0)
        print("ready", flush=True)
        carry({server: (client, down), client: (server, up)})
    finally:
        for name in NAMES:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


main()
