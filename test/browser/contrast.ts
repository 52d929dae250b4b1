// How clearly something stands out, measured on the pixels a reader gets: computed styles, and so axe, do not tell what forced colours make of it.
import type { Page } from 'playwright-core'

/** Contrast ratio (WCAG 2.2) between the ground in the corner and the pixel of the picture that differs most from it. */
export async function pixelContrast(page: Page, png: Uint8Array): Promise<number> {
  const base64 = Buffer.from(png).toString('base64')
  // Our pages load no picture from data; an empty one beside them may.
  const canvas = await page.context().newPage()
  try {
    return await canvas.evaluate<number>(`(${MEASURE})(${JSON.stringify(base64)})`)
  } finally {
    await canvas.close()
  }
}

const MEASURE = `async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
  const luminance = (at) => {
    const [red, green, blue] = [0, 1, 2].map((part) => {
      const value = data[at + part] / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const ground = luminance(0)
  let most = 1
  for (let at = 0; at < data.length; at += 4) {
    const here = luminance(at)
    const ratio = (Math.max(here, ground) + 0.05) / (Math.min(here, ground) + 0.05)
    if (ratio > most) most = ratio
  }
  return most
}`
