// Faults that the property of test/integration/state.test.ts must find: each is one change to one source file, as
// somebody could make it by mistake.

export const BUGS = [
  {
    what: 'a value that drifts within its tolerance is written back, and never told',
    file: 'protocol/capture.ts',
    from: 'cells[row] = last[slot] = whole',
    to: 'cells[row] = whole\n      last[slot] = read',
  },
  {
    what: 'a static field of an entity in a place that is used again keeps the value of the one before',
    file: 'protocol/capture.ts',
    from: 'const isNew = ids[slot] !== id\n',
    to: 'const isNew = ids[slot] === 0\n',
  },
  {
    what: 'what is for the owner alone is not told when an entity changes hands',
    file: 'protocol/capture.ts',
    from: 'memory.privateTick[slot] = memory.exactTick[slot] = this.#tick',
    to: 'memory.exactTick[slot] = this.#tick',
  },
  {
    what: 'a reveal does not count as a change',
    file: 'protocol/capture.ts',
    from: 'isNew || reveals[slot] !== row.reveals',
    to: 'isNew',
  },
  {
    what: 'what is hidden is told to everyone to whom something else of its kind was revealed',
    file: 'protocol/private.ts',
    from: "shownTo !== null && (shownTo === 'all' || shownTo.has(player))",
    to: 'shownTo !== null',
  },
  {
    what: 'what entered the view is told its private fields only when they change',
    file: 'protocol/private.ts',
    from: 'capture.privateTick(kind, slot) > (isNew ? 0 : viewer.since)',
    to: 'capture.privateTick(kind, slot) > viewer.since',
  },
  {
    what: 'exact values are told only to whom they are new',
    file: 'server/sync/feed.ts',
    from: 'this.viewer.exactSince = this.#asksExact ? 0 : base',
    to: 'this.viewer.exactSince = base',
  },
  {
    what: 'directions go the longer way round when they are expected to go on',
    file: 'protocol/course.ts',
    from: 'goesOn(moved, before, moved)',
    to: 'goesOn(now - was, before, moved)',
    // Both ends would do so alike: it is the writer's view of the reader's that is changed.
    also: {
      file: 'protocol/rows.ts',
      from: "return coding === 'circle' ? most : -1",
      to: "return coding === 'circle' ? most >> 1 : -1",
    },
  },
  {
    what: 'rows that are there again are taken to be of the owners they had',
    file: 'protocol/memory.ts',
    from: 'row.owner !== owners[count] || ',
    to: '',
  },
  {
    what: 'who is given an entity is not told to capture',
    file: 'server/room/state.ts',
    from: 'this.#owner = owner\n    this.#rows.changes++',
    to: 'this.#owner = owner',
  },
  {
    what: 'of rows that are there again, nothing that was revealed is told',
    file: 'protocol/memory.ts',
    from: ' || row.reveals !== reveals[slot]',
    to: '',
  },
  {
    what: 'a row that came where another one went keeps some of its cells',
    file: 'protocol/snapshot.ts',
    from: 'for (const cells of this.ints) cells[row] = 0\n',
    to: '',
  },
  {
    what: 'generations of a place are not told apart',
    file: 'protocol/matching.ts',
    from: 'if (before.ids[old] === after.ids[now]) {',
    to: 'if (gap === 0) {',
  },
  {
    what: 'a list whose items changed and whose length did not counts as unchanged',
    file: 'protocol/unchanged.ts',
    from: 'if (!isUnchanged(item, value[index], wire[index])) return false',
    to: 'if (!isUnchanged(item, value[0], wire[0])) return false',
  },
  {
    what: 'a client that was cut is taken to have all that was sent',
    file: 'server/sync/flow.ts',
    from: 'this.base = this.#wasSent(lastTick) ? lastTick : 0',
    to: 'this.base = this.#wasSent(lastTick) ? this.base : 0',
  },
  {
    what: 'the expectation that movement goes on outlives a connection',
    file: 'server/sync/flow.ts',
    from: 'return this.#sentHere < 3 ? 0 : this.#last',
    to: 'return this.#sent < 3 ? 0 : this.#last',
    also: {
      file: 'server/sync/flow.ts',
      from: 'return this.#sentHere < 3 ? 0 : this.#first',
      to: 'return this.#sent < 3 ? 0 : this.#first',
    },
  },
  {
    what: 'bodies are shared by base alone, whatever movement they expect',
    file: 'server/sync/sender.ts',
    from: 'if (areSame(body.ticks, ticks)) return body',
    to: 'if (body.ticks.base === ticks.base) return body',
  },
  {
    what: 'in a view rows stand in the order in which they were found',
    file: 'server/sync/lookout.ts',
    from: '    this.#marks.order(seen, this.#table.count)\n',
    to: '',
  },
  {
    what: 'what is owned is seen only by the rules for all others',
    file: 'server/sync/lookout.ts',
    from: '    this.#addOwn(onlooker.id)\n',
    to: '',
  },
  {
    what: 'what came into view lately is expected to go on like all others',
    file: 'protocol/part.ts',
    from: 'known[matching.kept] = was >= OLD ? 1 : 0',
    to: 'known[matching.kept] = 1',
  },
  {
    what: 'what differs in a room is shared by base alone, whatever movement is expected',
    file: 'server/sync/seen-states.ts',
    from: 'if (areSame(survey.ticks, ticks)) return survey',
    to: 'if (survey.ticks.base === ticks.base) return survey',
  },
]
