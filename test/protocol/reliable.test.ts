import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { REPLAY_BYTES, REPLAY_MESSAGES } from '../../protocol/limits.ts'
import { Inbox, Outbox } from '../../protocol/reliable.ts'
import { seeded } from '../support/random.ts'

const small = (seq: number) => Uint8Array.of(seq)

describe('the outbox', () => {
  test('[R1] counts from 1', () => {
    const outbox = new Outbox()
    const seqs: number[] = []
    for (let round = 0; round < 3; round++) outbox.accept((seq) => Uint8Array.of(seqs.push(seq)))
    expect(seqs).toEqual([1, 2, 3])
  })

  test('[R3] keeps what is not acknowledged, oldest first', () => {
    const outbox = new Outbox()
    for (let round = 0; round < 4; round++) outbox.accept(small)
    outbox.acknowledge(2)
    expect(outbox.pending().map((frame) => frame[0])).toEqual([3, 4])
  })

  test('[R3] is full at the limit of messages and takes one again after an acknowledgement', () => {
    const outbox = new Outbox()
    for (let round = 0; round < REPLAY_MESSAGES; round++) expect(outbox.accept(small)).not.toBeNull()
    expect(outbox.accept(small)).toBeNull()
    outbox.acknowledge(1)
    expect(outbox.accept(small)).not.toBeNull()
  })

  test('[R3] is full at the limit of bytes, and a refused message uses no number', () => {
    const outbox = new Outbox()
    expect(outbox.accept(() => new Uint8Array(REPLAY_BYTES))).not.toBeNull()
    expect(outbox.accept(small)).toBeNull()
    expect(outbox.sent).toBe(1)
  })

  test('takes a message in the place of another one, in its number and its bytes', () => {
    const outbox = new Outbox()
    for (let round = 0; round < 3; round++) outbox.accept(small)
    outbox.acknowledge(1)
    expect(outbox.accept((seq) => new Uint8Array(REPLAY_BYTES - 1).fill(10 * seq), 2)).not.toBeNull()
    expect(outbox.pending().map((frame) => frame[0])).toEqual([20, 3])
    expect(outbox.accept(small)).toBeNull()
    expect(outbox.accept(small, 2)).not.toBeNull()
    expect([outbox.sent, outbox.waiting]).toEqual([3, 2])
    expect(outbox.accept(small)).not.toBeNull()
  })

  test('[R2] ignores an acknowledgement that comes late and refuses one from the future', () => {
    const outbox = new Outbox()
    for (let round = 0; round < 3; round++) outbox.accept(small)
    outbox.acknowledge(3)
    outbox.acknowledge(1)
    expect([outbox.sent, outbox.waiting]).toEqual([3, 0])
    expect(() => outbox.acknowledge(4)).toThrow(ProtocolError)
  })

  test('[R4] can go on from what it still holds, and from nothing else', () => {
    const outbox = new Outbox()
    for (let round = 0; round < 4; round++) outbox.accept(small)
    outbox.acknowledge(2)
    expect([1, 2, 3, 4, 5].map((seq) => outbox.canResumeFrom(seq))).toEqual([false, true, true, true, false])
  })
})

describe('the inbox', () => {
  test('[R1] admits each message once and in order', () => {
    const inbox = new Inbox()
    expect([1, 1, 2, 1, 3].map((seq) => inbox.admit(seq))).toEqual([true, false, true, false, true])
  })

  test('[R1] refuses a gap', () => {
    const inbox = new Inbox()
    inbox.admit(1)
    expect(() => inbox.admit(3)).toThrow(ProtocolError)
  })
})

/** Sends, delivers, acknowledges and cuts at random; the line loses what is under way when it is cut. */
class CutLine {
  readonly outbox = new Outbox()
  readonly got: number[] = []
  readonly #inbox = new Inbox()
  #line: Uint8Array[] = []

  send(): void {
    const frame = this.outbox.accept(small)
    if (frame) this.#line.push(frame)
  }

  deliver(): void {
    const seq = this.#line.shift()?.[0]
    if (seq !== undefined && this.#inbox.admit(seq)) this.got.push(seq)
  }

  acknowledge(): void {
    this.outbox.acknowledge(this.#inbox.received)
  }

  cutAndResume(): void {
    this.acknowledge()
    this.#line = [...this.outbox.pending()]
  }

  drain(): void {
    this.cutAndResume()
    while (this.#line.length > 0) this.deliver()
  }
}

describe('both ends over a line that is cut', () => {
  for (let seed = 1; seed <= 50; seed++) {
    test(`[R4] hand over every message exactly once and in order, seed ${seed}`, () => {
      const random = seeded(seed)
      const line = new CutLine()
      while (line.outbox.sent < 250) {
        const chance = random()
        if (chance < 0.4) line.send()
        else if (chance < 0.8) line.deliver()
        else if (chance < 0.95) line.acknowledge()
        else line.cutAndResume()
      }
      line.drain()
      expect(line.got).toEqual(Array.from({ length: 250 }, (_, index) => index + 1))
    })
  }
})
