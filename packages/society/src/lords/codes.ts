/** The codes of the seven Lords, as the roster has them. */

/** The Architect: health of the society. */
export const architectCode = 'LORD-001';
/** Cognition: research and the war brief. */
export const cognitionCode = 'LORD-002';
/** Strategos: the plan. */
export const strategosCode = 'LORD-003';
/** Aesthete: the assets and their quality. */
export const aestheteCode = 'LORD-004';
/** Seer: signals. */
export const seerCode = 'LORD-005';
/** The Arbiter: what may be published. */
export const arbiterCode = 'LORD-006';
/** Herald: what people are told. */
export const heraldCode = 'LORD-007';
