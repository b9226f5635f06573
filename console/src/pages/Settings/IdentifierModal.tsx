import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";

import type { Schemas } from "../../api/client";
import { common } from "../../strings/common";
import { settings as words } from "../../strings/settings";

type Identifier = Schemas["Identifier"];

function examples(texts: string[]) {
  return texts.length === 0 ? common.none : <Box variant="pre">{texts.join("\n")}</Box>;
}

function itemsOf(one: Identifier): KeyValuePairsProps.Item[] {
  return [
    { label: words.id, value: one.id },
    ...(one.classicName ? [{ label: words.classicName, value: one.classicName }] : []),
    { label: words.category, value: one.category },
    { label: words.risk, value: one.risk },
    { label: words.minimumMatches, value: one.minimumMatches },
    { label: words.validator, value: one.validator || common.none },
    { label: words.source, value: one.source },
    { label: words.keywords, value: one.keywords.join(", ") || common.none },
    { label: words.examples, value: examples(one.examples) },
    { label: words.negativeExamples, value: examples(one.negativeExamples) },
  ];
}

export function IdentifierModal({ identifier, onClose }: { identifier: Identifier; onClose: () => void }) {
  return (
    <Modal
      visible
      size="large"
      header={identifier.name}
      closeAriaLabel={common.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button onClick={onClose}>{common.close}</Button>
        </Box>
      }
    >
      <KeyValuePairs columns={2} items={itemsOf(identifier)} />
    </Modal>
  );
}
