import { place } from "../../strings/objects";
import type { Occurrence } from "./objectRecord";

// Where in an object a value stands, as exactly as is known: from the file inside an archive down
// to the line. Byte offsets are the last resort, for they say little to a person.
export function occurrencePlace(at: Occurrence): string {
  const parts: string[] = [];
  if (at.page !== undefined) parts.push(place.page(at.page));
  if (at.cell !== undefined) parts.push(place.cell(at.cell));
  else if (at.record !== undefined) parts.push(place.record(at.record));
  else if (at.line !== undefined) parts.push(place.line(at.line, at.column));
  if (at.column_name !== undefined) parts.push(place.columnName(at.column_name));
  if (at.json_path !== undefined) parts.push(place.jsonPath(at.json_path));
  if (parts.length === 0) parts.push(place.bytes(at.start, at.end));
  if (at.member !== undefined) parts.push(place.member(at.member));
  return parts.join(", ");
}
