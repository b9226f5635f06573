import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

import { common } from "../strings/common";

interface Props {
  title: string;
  action: string; // what the button says
  children: ReactNode;
  busy?: boolean;
  disabled?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

// Asks before something that cannot be taken back. Shown as long as it is rendered.
export function Confirm({ title, action, children, busy, disabled, onConfirm, onCancel }: Props) {
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={common.close}
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              {common.cancel}
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled} onClick={onConfirm}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
