import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { custom as words } from "../../strings/settings";
import { emptyForm, type IdentifierForm, isComplete } from "./customYaml";

const kFields: [keyof IdentifierForm, string, string?][] = [
  ["id", words.idField, words.idHint],
  ["name", words.nameField],
  ["pattern", words.patternField],
  ["keywords", words.keywordsField, words.keywordsHint],
  ["risk", words.riskField],
  ["example", words.exampleField, words.exampleHint],
  ["match", words.matchField, words.matchHint],
];

interface Props {
  onAdd: (form: IdentifierForm) => void;
  onClose: () => void;
}

// A form for one identifier; the definition takes it over as YAML.
export function AddIdentifier({ onAdd, onClose }: Props) {
  const [form, setForm] = useState(emptyForm);
  return (
    <Confirm
      title={words.addTitle}
      action={words.addButton}
      disabled={!isComplete(form)}
      onConfirm={() => onAdd(form)}
      onCancel={onClose}
    >
      <SpaceBetween size="m">
        {kFields.map(([field, label, hint]) => (
          <FormField key={field} label={label} constraintText={hint}>
            <Input
              value={form[field]}
              type={field === "risk" ? "number" : "text"}
              onChange={({ detail }) => setForm({ ...form, [field]: detail.value })}
            />
          </FormField>
        ))}
      </SpaceBetween>
    </Confirm>
  );
}
