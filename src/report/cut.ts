/** A text of so many characters at most, with its cut to be seen. */
export function cut(text: string, charsMax: number): string {
  const whole = text.trim()
  if (whole.length <= charsMax) return whole
  // A half of a character that two make is no text.
  return `${whole.slice(0, charsMax).replace(/[\ud800-\udbff]$/, '')}…`
}
