/** The clauses of a positioning: "The monitor you run yourself: one binary, and alarms you can believe." has three. */
export function positioningClauses(positioning: string): readonly string[] {
  return positioning
    .split(/[:;.!?](?=\s|$)|,\s+(?:and|but|or)\s+|,\s+|\s[—–]\s/u)
    .map((clause) => clause.trim())
    .filter((clause) => clause.length > 3)
    .map((clause) => clause.charAt(0).toUpperCase() + clause.slice(1));
}
