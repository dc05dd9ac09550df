/** Which model did a piece of work, as the wire says it. */
import { offlineMark, type ModelMark } from '@raptorflow/society';

/** What the wire calls the offline model. */
const offline = 'offline';

/** A mark: `offline`, or the full id of the model. */
export function markToWire(mark: ModelMark): string {
  return mark.offline ? offline : mark.label;
}

/** The label of a mark as it is stored with a campaign. */
export function labelToWire(label: string): string {
  return label === offlineMark.label ? offline : label;
}
