/** Renders a text as a cell of a Markdown table: on one line, and without ending the cell. */
export function markdownCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
