// The server's core on virtual time, and a bare client that speaks the protocol's messages and nothing more.

import type { Reader } from '../../protocol/bytes.ts'
import { readDelta } from '../../protocol/delta.ts'
import { closeReason } from '../../protocol/errors.ts'
import { readFrame } from '../../protocol/ext.ts'
import { encodeAck, encodeInputs, FrameWriter, readStateHeader, type StateHeader } from '../../protocol/frames.ts'
import type { Game } from '../../protocol/game.ts'
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type GameMessage,
  type Hello,
  type ResumeClaim,
  type Welcome,
} from '../../protocol/messages.ts'
import type { Wire } from '../../protocol/msgpack.ts'
import { readPrivate } from '../../protocol/private.ts'
import { packRow } from '../../protocol/rows.ts'
import { type Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'
import type { Connection } from '../../server/base/connection.ts'
import { type Limits, limitsFrom } from '../../server/base/limits.ts'
import { ReplayPool } from '../../server/base/replay.ts'
import type { Shared } from '../../server/base/shared.ts'
import { zeroStats } from '../../server/base/stats.ts'
import type { Socket, World } from '../../server/base/world.ts'
import { Host } from '../../server/host.ts'
import type { RoomClass } from '../../server/room/room.ts'
import type { RoomsPlan } from '../../server/rooms.ts'
import { settle, VirtualClock } from './clock.ts'

/** Virtual time, and chance that is the same in every run. */
export function virtualWorld(clock = new VirtualClock()): World & { readonly clock: VirtualClock } {
  let drawn = 0
  const world = {
    clock,
    now: clock.now,
    after: clock.after,
    // All the time that passes is worked.
    cpuMs: () => world.now(),
    randomBytes: (count: number) => Uint8Array.from({ length: count }, () => (drawn++ * 0x9d) & 0xff),
    digest: (text: string) => `digest of ${text}`,
  }
  return world
}

/** What the connections of one server share, with everything that was logged. */
export function virtualShared(limits: Partial<Limits> = {}) {
  const world = virtualWorld()
  const logged: string[] = []
  const log = (message: string, error?: unknown) =>
    logged.push(error ? `${message}: ${(error as Error).message}` : message)
  const all = limitsFrom(limits)
  const replay = new ReplayPool(all.replayBytes)
  return { world, limits: all, stats: zeroStats(), log, logged, replay } satisfies Shared & { logged: string[] }
}

/** A whole server in memory. */
export class TestServer<G extends Game = Game> {
  readonly shared: ReturnType<typeof virtualShared>
  readonly host: Host
  readonly game: G

  constructor(game: G, rooms: { readonly [name: string]: RoomClass<G> }, limits: Partial<Limits> = {}, strict = true) {
    this.game = game
    this.shared = virtualShared(limits)
    this.host = new Host({ game, rooms: rooms as unknown as RoomsPlan['rooms'], strict }, this.shared)
  }

  get clock(): VirtualClock {
    return this.shared.world.clock
  }

  get stats() {
    return this.shared.stats
  }

  /** A client whose socket is open and that has said nothing. */
  dial(address = '10.0.0.1'): TestClient {
    return new TestClient(this.game, (socket) => this.host.accept(socket, address))
  }

  /** The same client on a new socket: it remembers what it had, and claims its seat. */
  async resume(client: TestClient, change: Partial<ResumeClaim> = {}): Promise<TestClient> {
    const back = new TestClient(this.game, (socket) => this.host.accept(socket, '10.0.0.1'), client)
    back.hello({ resume: { ...client.claim(), ...change } })
    await settle()
    return back
  }

  /** A client that said hello, and was welcomed unless the server had a reason not to. */
  async join(hello: Partial<Hello> = {}): Promise<TestClient> {
    const client = this.dial()
    client.hello(hello)
    await settle()
    return client
  }

  /** For a game's code that takes a while. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  /** Lets virtual time pass, with everything that waits for it. */
  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms)
  }
}

/** A client at the level of frames: it sends what it is told, keeps what it gets, and never complains. */
export class TestClient {
  readonly game: Game
  welcomes: Welcome[] = []
  messages: GameMessage[] = []
  states: StateHeader[] = []
  stateBytes: number[] = []
  /** Exact values of own entities, by kind index and id. */
  readonly exact = new Map<string, Float64Array>()
  stoppingMs = -1
  closed: { readonly code: number; readonly reason: string } | null = null
  wasTerminated = false
  /** Acknowledges each state at once. */
  acks = true
  /** What the socket says is still waiting to leave. */
  bufferedAmount = 0
  readonly ring: SnapshotRing
  readonly connection: Connection
  readonly #writer = new FrameWriter()
  readonly #receivedBefore: number
  #sent: number

  /** `before`: the client that this one goes on from. */
  constructor(game: Game, dial: (socket: Socket) => Connection, before?: TestClient) {
    this.game = game
    this.ring = before?.ring ?? new SnapshotRing(game)
    this.#sent = before ? before.#sent : 0
    this.#receivedBefore = before?.received ?? 0
    const client = this
    this.connection = dial({
      // Whatever comes is taken in after the server has finished what it does.
      send: (bytes) => {
        const copy = bytes.slice()
        queueMicrotask(() => client.#take(copy))
      },
      close: (code, reason) => {
        client.closed ??= { code, reason }
      },
      terminate: () => {
        client.wasTerminated = true
      },
      get bufferedAmount() {
        return client.bufferedAmount
      },
    })
  }

  get welcome(): Welcome {
    const welcome = this.welcomes.at(-1)
    if (welcome === undefined) throw new Error(`no welcome; closed: ${JSON.stringify(this.closed)}`)
    return welcome
  }

  /** The name of the reason for which the server closed the socket. */
  get reason(): string | undefined {
    return this.closed ? closeReason(this.closed.code) : undefined
  }

  /** The newest state that was applied. */
  get state(): Snapshot {
    return this.ring.newest
  }

  send(message: ClientMessage): void {
    this.raw(encodeClientMessage(message))
  }

  raw(bytes: Uint8Array): void {
    this.connection.receive(bytes)
  }

  hello(hello: Partial<Hello> = {}): void {
    const join = this.game.join.pack(this.game.join.zero())
    this.send({
      type: 'hello',
      hash: this.game.hash,
      room: 'room',
      id: '',
      join,
      options: null,
      ...hello,
    })
  }

  /** The next reliable message. */
  say(name: string, message: unknown): void {
    const kind = this.game.toServer.findIndex((type) => type.name === name)
    const body = this.game.toServer[kind]?.body.pack(message) as Wire
    this.send({ type: 'message', seq: ++this.#sent, kind, tick: this.state.tick, body })
  }

  input(firstSeq: number, ...inputs: Readonly<Record<string, unknown>>[]): void {
    const rows = inputs.map((input) => packRow(this.game.input, input))
    const progress = { ackTick: this.state.tick, received: this.received }
    this.raw(encodeInputs(this.#writer, this.game, { ...progress, behind: 0, firstSeq, inputs: rows }))
  }

  ack(ackTick = this.state.tick, received = this.received): void {
    this.raw(encodeAck(this.#writer, { ackTick, received }))
  }

  get received(): number {
    return this.messages.at(-1)?.seq ?? this.#receivedBefore
  }

  /** What this client would claim to come back. */
  claim(): ResumeClaim {
    const { token, epoch } = this.welcome
    return { token, epoch, received: this.received, lastTick: this.state.tick }
  }

  /** The path breaks: the server is told. */
  cut(): void {
    this.connection.closed()
  }

  /** The bodies of all messages of that name, as the game sees them. */
  heard(name: string): unknown[] {
    return this.messages.flatMap(({ kind, body }) => {
      const type = this.game.toClient[kind]
      return type?.name === name ? [type.body.unpack(body)] : []
    })
  }

  /** One column of one kind in the newest state, as the game's values. */
  column(kind: string, field: string): unknown[] {
    const index = this.game.kinds.findIndex((layout) => layout.kind === kind)
    const layout = this.game.kinds[index]
    const table = this.state.tables[index]
    const column = layout?.ints.findIndex(({ name }) => name === field) ?? -1
    const scalar = layout?.ints[column]?.scalar
    if (table && scalar)
      return Array.from(table.ints[column]?.subarray(0, table.count) ?? [], (whole) => scalar.restore(whole))
    const box = layout?.boxes.findIndex(({ name }) => name === field) ?? -1
    return (table?.boxes[box] ?? []).slice(0, table?.count).map((wire) => layout?.boxes[box]?.type.unpack(wire))
  }

  #take(bytes: Uint8Array): void {
    const frame = readFrame(bytes)
    if (frame) {
      this.stateBytes.push(bytes.length)
      this.#apply(frame.body)
    } else {
      const message = decodeServerMessage(bytes)
      if (message.type === 'welcome') this.welcomes.push(message)
      else if (message.type === 'message') this.messages.push(message)
      else this.stoppingMs = message.reconnectWithinMs
    }
  }

  #apply(body: Reader): void {
    const header = readStateHeader(body)
    const baseline = this.ring.baseline(header.baseTick, header.isSteady)
    if (baseline === undefined)
      throw new Error(`the state of tick ${header.tick} is made from ${header.baseTick}, which is gone`)
    const into = this.ring.claim(header.tick)
    readDelta(body, this.game, baseline, into)
    readPrivate(body, this.game, into, (kind, id, values) => this.exact.set(`${kind} ${id}`, values.slice()))
    body.finish()
    this.states.push(header)
    if (this.acks) this.ack()
  }
}
