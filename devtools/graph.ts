// One graph of the last ten seconds: newest at the right, the scale by what there was.

import { Series } from './gauges.ts'
import { make, resize } from './parts.ts'

interface Trace {
  readonly series: Series
  readonly colour: string
}

interface GraphPlan {
  readonly title: string
  readonly hint: string
  readonly unit: string
  /** The scale's top at least. */
  readonly least: number
  readonly traces: readonly Trace[]
}

export const INSET = 2

export class Graph {
  readonly element: HTMLElement = make('figure')
  readonly #plan: GraphPlan
  readonly #canvas = make('canvas')
  readonly #value = make('b')

  constructor(plan: GraphPlan) {
    this.#plan = plan
    const caption = make('figcaption')
    caption.append(make('span', plan.title), this.#value)
    // What is drawn is said by the caption too.
    this.#canvas.ariaHidden = 'true'
    this.element.title = plan.hint
    this.element.append(caption, this.#canvas)
  }

  /** The dots; it asks for its size on the page. */
  draw(): void {
    const { traces, least } = this.#plan
    const most = Math.max(least, ...traces.map(({ series }) => series.most))
    const pen = this.#clear()
    for (const trace of traces) drawTrace(pen, trace, most)
  }

  /** The words: what it was lately. */
  say(): void {
    const { traces, unit } = this.#plan
    const values = traces.map(({ series }) => format(series.lately))
    this.#value.textContent = `${values.join(' · ')} ${unit}`
  }

  #clear(): CanvasRenderingContext2D {
    const { clientWidth, clientHeight } = this.#canvas
    const density = Math.min(2, devicePixelRatio)
    resize(this.#canvas, clientWidth * density, clientHeight * density)
    const pen = this.#canvas.getContext('2d') as CanvasRenderingContext2D
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height)
    pen.lineWidth = 1.5 * density
    pen.lineJoin = 'round'
    return pen
  }
}

function drawTrace(pen: CanvasRenderingContext2D, { series, colour }: Trace, most: number): void {
  const { width, height } = pen.canvas
  const y = (value: number) => height - INSET - (value / most) * (height - 2 * INSET)
  pen.strokeStyle = pen.fillStyle = colour
  pen.beginPath()
  for (let back = Series.STEPS - 1; back >= 0; back--) {
    const value = series.back(back)
    if (Number.isNaN(value)) continue
    pen.lineTo(width * (1 - back / (Series.STEPS - 1)), y(value))
  }
  pen.stroke()
}

function format(value: number): string {
  if (Number.isNaN(value)) return '–'
  return value.toFixed(value >= 10 || value === 0 ? 0 : 1)
}
