/** A picture that stands alone. */
export interface SvgDocument {
  readonly width: number;
  readonly height: number;
  /** Makes the ids of title and description unlike those of other pictures on a page; may be empty. */
  readonly idPrefix: string;
  readonly title: string;
  /** What the picture says, in words, for those who cannot see it. */
  readonly description: string;
  /** The text of a style sheet. */
  readonly style: string;
  /** Elements as text. */
  readonly body: readonly string[];
}

/** An SVG document with a ground of class `ground`, a title and a description. */
export function svgDocument({ width, height, idPrefix, title, description, style, body }: SvgDocument): string {
  const [titleId, descriptionId] = [`${idPrefix}title`, `${idPrefix}desc`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
      ` role="img" aria-labelledby="${titleId} ${descriptionId}">`,
    `<title id="${titleId}">${escapedXml(title)}</title>`,
    `<desc id="${descriptionId}">${escapedXml(description)}</desc>`,
    `<style>${style}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

export function escapedXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Coordinates to a tenth of a unit. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
