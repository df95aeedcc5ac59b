/** Renders an age in hours, or in days from 48 hours on. */
export function formatAge(hours: number): string {
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
