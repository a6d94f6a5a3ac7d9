/** Unix milliseconds to the Date that the DateTime scalar writes. */
export function presentDate(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
