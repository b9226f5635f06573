import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Modal from "@cloudscape-design/components/modal";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { formatCount } from "../../format";
import { common } from "../../strings/common";
import { objects as words } from "../../strings/objects";
import type { ExportFormat } from "./exportObjects";
import type { ObjectFilter, ObjectOrder } from "./objectFilter";
import { useExport } from "./useExport";

// Everything the filter matches, as a file. How many objects that is, nobody knows beforehand, so
// the progress is a count.
export function ExportButton({ filter, order }: { filter: ObjectFilter; order: ObjectOrder }) {
  const { rows, start, cancel } = useExport(filter, order);
  return (
    <>
      <ButtonDropdown
        items={[
          { id: "csv", text: words.exportCsv },
          { id: "jsonl", text: words.exportJsonl },
        ]}
        onItemClick={({ detail }) => void start(detail.id as ExportFormat)}
      >
        {words.export}
      </ButtonDropdown>
      {rows !== undefined && (
        <Modal
          visible
          header={words.exporting}
          closeAriaLabel={common.cancel}
          onDismiss={cancel}
          footer={
            <Box float="right">
              <Button onClick={cancel}>{common.cancel}</Button>
            </Box>
          }
        >
          <div role="status">
            <StatusIndicator type="loading">{words.exportProgress(formatCount(rows))}</StatusIndicator>
          </div>
        </Modal>
      )}
    </>
  );
}
