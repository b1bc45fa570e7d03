// The server of a trial of sessions, from its start until it is killed: a room that hears, tells, asks and answers.

import { limitsFrom } from '../../server/base/limits.ts'
import { ReplayPool } from '../../server/base/replay.ts'
import { zeroStats } from '../../server/base/stats.ts'
import { Host } from '../../server/host.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Seat } from '../../server/room/seat.ts'
import type { Session } from '../../server/room/session.ts'
import type { RoomsPlan } from '../../server/rooms.ts'
import { settle } from './clock.ts'
import { Stream, type Wire } from './ledger.ts'
import type { Far, FarSocket } from './link.ts'
import { between } from './random.ts'
import type { Trial } from './trial.ts'
import { game, PATIENCE_MS, type TrialGame } from './trial-game.ts'

const WINDOW_S = 6

/** A process of the server, until it is killed. */
export class Life {
  readonly host: Host
  readonly sessions = new Map<Session<TrialGame>, Stream>()
  readonly stats = zeroStats()
  readonly #trial: Trial
  #isDead = false
  said = 0

  constructor(trial: Trial) {
    this.#trial = trial
    const { clock, random, ledger } = trial
    const world = {
      now: clock.now,
      after: (ms: number, run: () => void) => clock.after(ms, () => this.#isDead || run()),
      cpuMs: clock.now,
      randomBytes: (count: number) => Uint8Array.from({ length: count }, () => between(random, 0, 255)),
      digest: (word: string) => `digest of ${word}`,
    }
    const log = (message: string, error?: unknown) => ledger.check(false, `${message} ${String(error)}`)
    const limits = limitsFrom()
    const shared = { world, limits, stats: this.stats, log, replay: new ReplayPool(limits.replayBytes) }
    const rooms = { ledger: this.#room() } as unknown as RoomsPlan['rooms']
    this.host = new Host({ game, rooms, strict: true }, shared)
  }

  get isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    this.#isDead = true
    this.#trial.ledger.serverGone()
  }

  accept(wire: Wire, socket: FarSocket, losesWelcome: () => boolean): Far {
    const { ledger } = this.#trial
    const end = this.host.accept(
      {
        get bufferedAmount() {
          return socket.bufferedAmount
        },
        send: (bytes) => {
          const isWelcome = ledger.down(wire, bytes)
          if (isWelcome && losesWelcome()) socket.terminate()
          else socket.send(bytes)
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
      },
      wire.isHonest ? '10.0.0.1' : '10.0.0.2',
    )
    return {
      receive: (bytes) => {
        // What comes on a socket that the server gave up is heard by nobody.
        if (this.#isDead || end.isDead) return
        ledger.up(wire, bytes)
        end.receive(bytes)
      },
      closed: () => this.#isDead || end.closed(),
    }
  }

  tell(session: Session<TrialGame>, ballast = ''): void {
    const { ledger } = this.#trial
    const number = ledger.number()
    const stream = this.sessions.get(session) as Stream
    if (session.send('tell', { number, ballast }) === 'sent') ledger.accepted(stream, number)
  }

  poll(session: Session<TrialGame>): void {
    const { ledger } = this.#trial
    const number = ledger.number()
    const stream = this.sessions.get(session) as Stream
    void ledger.asked(stream, number, session.request('poll', { number }, { timeoutMs: PATIENCE_MS }))
  }

  /** I6: nobody has a seat, or a socket, but those who are there. */
  isLeftWith(open: number): void {
    const { ledger } = this.#trial
    const connected = [...this.sessions.keys()].filter((session) => session.connected).length
    const found = [this.sessions.size, connected, this.stats.connections, this.stats.sessions]
    ledger.check(
      found.every((count) => count === open),
      `I6: ${open} are there, and the server has ${found}`,
    )
    ledger.check(this.stats.closed.BAD_MESSAGE === 0, 'an honest frame was refused')
    for (const [session, stream] of this.sessions) {
      ledger.isQuiet(stream, 'the server')
      ledger.check(session.stats.messagesWaiting === 0, 'I2: the server waits for an acknowledgement')
    }
  }

  #room() {
    const { ledger } = this.#trial
    return defineRoom(
      game,
      (room) => ({
        onCreate: () => {
          room.on('say', (session, { number }) => {
            this.said = ++room.state.room.said
            ledger.arrived(number, session)
          })
          room.on('buy', async (session, { number }) => {
            ledger.arrived(number, session)
            await this.#trial.thinks()
            return { number }
          })
        },
        onJoin: (session) => {
          this.sessions.set(session, new Stream())
          this.tell(session)
        },
        onTick: () => {
          for (const session of room.sessions) {
            if (this.#trial.isTalkative) this.tell(session)
            if (this.#trial.isTalkative) this.poll(session)
          }
        },
        onResume: (session, how, lost) => {
          if (how === 'resumed') return
          const stream = this.sessions.get(session) as Stream
          void ledger.ended(stream, lost, settle())
          this.sessions.set(session, new Stream())
        },
        onLeave: (session) => {
          this.sessions.delete(session)
          ledger.seatGone((session as unknown as Seat).tokens.seat)
        },
      }),
      { tickRate: 10, sendRate: 10, resumeWindow: WINDOW_S },
    )
  }
}
