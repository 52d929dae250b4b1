// How clearly something stands out, measured on the pixels a reader gets: computed styles, and so axe, do not tell what forced colours make of it.
import type { Page } from 'playwright-core'

/**
 * Of the first element that each selector finds: the contrast ratio (WCAG 2.2) between the ground in its corner and the pixel in it
 * that differs most. `full` looks at the whole page, not only at the first screen.
 */
export async function pixelContrasts(
  page: Page,
  selectors: readonly string[],
  { full = false }: { full?: boolean } = {},
): Promise<number[]> {
  const boxes = await Promise.all(
    selectors.map((selector) => page.locator(selector).first().boundingBox()),
  )
  const png = (await page.screenshot({ fullPage: full })).toString('base64')
  // Our pages load no picture from data; an empty one beside them may.
  const canvas = await page.context().newPage()
  try {
    return await canvas.evaluate<number[]>(
      `(${MEASURE})(${JSON.stringify(png)}, ${JSON.stringify(boxes)})`,
    )
  } finally {
    await canvas.close()
  }
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
