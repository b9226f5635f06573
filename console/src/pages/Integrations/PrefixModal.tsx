import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { prefixes as words } from "../../strings/services";
import { PrefixBrowser } from "./PrefixBrowser";

interface Props {
  account: string;
  bucket: string;
  chosen: string[]; // "" = the whole bucket
  onChoose: (prefixes: string[]) => void;
  onClose: () => void;
}

function TypedPrefix({ onAdd }: { onAdd: (prefix: string) => void }) {
  const [typed, setTyped] = useState("");
  const add = () => {
    if (typed) onAdd(typed);
    setTyped("");
  };
  return (
    <FormField
      label={words.typed}
      description={words.typedHint}
      secondaryControl={<Button onClick={add}>{words.add}</Button>}
    >
      <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} onKeyDown={({ detail }) => detail.key === "Enter" && add()} />
    </FormField>
  );
}

// Chooses a bucket whole, or prefixes of it.
export function PrefixModal({ account, bucket, chosen, onChoose, onClose }: Props) {
  const [whole, setWhole] = useState(chosen.includes(""));
  const [picked, setPicked] = useState(() => chosen.filter((prefix) => prefix !== ""));
  const [tried, setTried] = useState(false);
  const toggle = (prefix: string) =>
    setPicked((old) => (old.includes(prefix) ? old.filter((other) => other !== prefix) : [...old, prefix].sort()));
  const done = () => {
    setTried(true);
    if (whole) onChoose([""]);
    else if (picked.length > 0) onChoose(picked);
  };
  return (
    <Confirm title={words.title(bucket)} action={words.done} onConfirm={done} onCancel={onClose}>
      <SpaceBetween size="m">
        <FormField label={words.what} errorText={tried && !whole && picked.length === 0 && words.needOne}>
          <RadioGroup
            value={whole ? "whole" : "some"}
            onChange={({ detail }) => setWhole(detail.value === "whole")}
            items={[
              { value: "whole", label: words.whole },
              { value: "some", label: words.some },
            ]}
          />
        </FormField>
        {!whole && (
          <>
            <PrefixBrowser account={account} bucket={bucket} picked={picked} onToggle={toggle} />
            <TypedPrefix onAdd={(prefix) => !picked.includes(prefix) && toggle(prefix)} />
            <Box>
              <Box variant="awsui-key-label">{words.chosen}</Box>
              <TokenGroup
                items={picked.map((prefix) => ({ label: prefix, dismissLabel: words.remove(prefix) }))}
                onDismiss={({ detail }) => toggle(picked[detail.itemIndex] ?? "")}
              />
            </Box>
          </>
        )}
      </SpaceBetween>
    </Confirm>
  );
}
