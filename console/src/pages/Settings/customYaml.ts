// A custom identifier of the form, as the YAML of docs/identifiers.md.
export interface IdentifierForm {
  id: string;
  name: string;
  pattern: string;
  keywords: string; // separated by commas
  risk: string;
  example: string; // a text with a match in it
  match: string; // that match
}

export const emptyForm: IdentifierForm = { id: "", name: "", pattern: "", keywords: "", risk: "5", example: "", match: "" };

// JSON strings are YAML strings: no text can break out of its place.
function quoted(text: string): string {
  return JSON.stringify(text);
}

export function keywordsOf(text: string): string[] {
  return text.split(",").map((word) => word.trim().toLowerCase()).filter(Boolean);
}

export function isComplete(form: IdentifierForm): boolean {
  const risk = Number(form.risk);
  return (
    /^[A-Z][A-Z0-9_]*$/.test(form.id) &&
    form.name.trim() !== "" &&
    form.pattern !== "" &&
    form.match !== "" &&
    form.example.includes(form.match) &&
    Number.isInteger(risk) &&
    risk >= 1 &&
    risk <= 10
  );
}

function entryOf(form: IdentifierForm): string {
  const keywords = keywordsOf(form.keywords);
  return [
    `  - id: ${form.id}`,
    `    name: ${quoted(form.name.trim())}`,
    "    category: PERSONAL_INFORMATION",
    `    pattern: ${quoted(form.pattern)}`,
    ...(keywords.length > 0
      ? [`    keywords: [${keywords.map(quoted).join(", ")}]`, "    keyword_required: true"]
      : []),
    `    risk: ${Number(form.risk)}`,
    "    examples:",
    "      positive:",
    `        - {text: ${quoted(form.example)}, match: ${quoted(form.match)}}`,
  ].join("\n");
}

// `definition` with one identifier more at its end.
export function withIdentifier(definition: string, form: IdentifierForm): string {
  const before = definition.trimEnd();
  const start = before === "" ? "identifiers:" : before;
  return `${start}\n${entryOf(form)}\n`;
}
