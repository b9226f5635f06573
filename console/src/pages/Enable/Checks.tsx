import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";

import type { paths } from "../../api/schema";
import { TemplateButton } from "../../components/TemplateButton";
import { common } from "../../strings/common";
import { enable as words } from "../../strings/enable";

type Setup = paths["/setup"]["get"]["responses"][200]["content"]["application/json"];
type Check = Setup["checks"][number];

const kIndicators: Record<Check["state"], StatusIndicatorProps.Type> = {
  ok: "success",
  missing: "error",
  "not-needed": "stopped",
  unknown: "pending",
};

function Finding({ check }: { check: Check }) {
  return (
    <SpaceBetween size="xxs">
      <span key="detail">{check.detail}</span>
      {check.remedy && (
        <Box key="remedy">
          <Box variant="strong">{common.remedy}</Box> {check.remedy}
        </Box>
      )}
    </SpaceBetween>
  );
}

interface Props {
  checks: Check[];
  loading: boolean;
  onAgain: () => void;
}

export function Checks({ checks, loading, onAgain }: Props) {
  return (
    <Table
      items={checks}
      trackBy="name"
      wrapLines
      header={
        <Header
          variant="h2"
          description={words.accessDescription}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <TemplateButton name="master">{words.template}</TemplateButton>
              <Button iconName="refresh" loading={loading} onClick={onAgain}>
                {words.checkAgain}
              </Button>
            </SpaceBetween>
          }
        >
          {words.access}
        </Header>
      }
      columnDefinitions={[
        { id: "name", header: words.check, cell: (check) => check.name, isRowHeader: true },
        {
          id: "state",
          header: words.state,
          cell: (check) => <StatusIndicator type={kIndicators[check.state]}>{words.states[check.state]}</StatusIndicator>,
        },
        { id: "detail", header: words.detail, cell: (check) => <Finding check={check} /> },
      ]}
    />
  );
}
