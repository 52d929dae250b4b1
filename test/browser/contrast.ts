// How clearly something stands out, measured on the pixels a reader gets: computed styles, and so axe, do not tell what forced colours make of it.
import type { BrowserContext, Page } from 'playwright-core'

/**
 * Of the first element that each selector finds, anywhere on the page: the contrast ratio (WCAG 2.2) between the ground in its corner
 * and the pixel in it that differs most.
 */
export async function pixelContrasts(page: Page, selectors: readonly string[]): Promise<number[]> {
  const boxes = await Promise.all(
    selectors.map(async (selector) => {
      const box = await page.locator(selector).first().boundingBox()
      if (box === null) throw new TypeError(`${selector} is not to be seen`)
      return box
    }),
  )
  const clip = around(boxes)
  const png = (await page.screenshot({ fullPage: true, clip })).toString('base64')
  const inside = boxes.map((box) => ({ ...box, x: box.x - clip.x, y: box.y - clip.y }))
  const window = page.context()
  const canvas = canvases.get(window) ?? (await window.newPage())
  canvases.set(window, canvas)
  return canvas.evaluate<number[]>(
    `(${MEASURE})(${JSON.stringify(png)}, ${JSON.stringify(inside)})`,
  )
}

/** An empty tab for each window, which closes with it: our own pages may load no picture from data. */
const canvases = new WeakMap<BrowserContext, Page>()

type Box = { x: number; y: number; width: number; height: number }

/** The smallest box around all, on whole pixels. */
function around(boxes: readonly Box[]): Box {
  const x = Math.floor(Math.min(...boxes.map((box) => box.x)))
  const y = Math.floor(Math.min(...boxes.map((box) => box.y)))
  const right = Math.max(...boxes.map((box) => box.x + box.width))
  const bottom = Math.max(...boxes.map((box) => box.y + box.height))
  return { x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y }
}

const MEASURE = `async (png, boxes) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  const luminanceAt = (data, at) => {
    const [red, green, blue] = [0, 1, 2].map((part) => {
      const value = data[at + part] / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  return boxes.map(({ x, y, width, height }) => {
    const { data } = context.getImageData(Math.ceil(x), Math.ceil(y), Math.floor(width), Math.floor(height))
    const ground = luminanceAt(data, 0)
    let most = 1
    for (let at = 0; at < data.length; at += 4) {
      const here = luminanceAt(data, at)
      most = Math.max(most, (Math.max(here, ground) + 0.05) / (Math.min(here, ground) + 0.05))
    }
    return most
  })
}`
