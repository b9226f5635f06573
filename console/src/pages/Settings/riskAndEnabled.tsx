import type { TableProps } from "@cloudscape-design/components/table";

import { Right } from "../../components/Right";
import { settings as words } from "../../strings/settings";
import { RiskBadge } from "../Objects/RiskBadge";
import { EnabledToggle } from "./EnabledToggle";

interface Switchable {
  name: string;
  risk: number;
  enabled: boolean;
}

/** The last two columns of every table of what can be looked for: its risk, and the switch. */
export function riskAndEnabled<Row extends Switchable>(
  change: (row: Row, enabled: boolean) => Promise<unknown>,
  reload: () => void,
): TableProps.ColumnDefinition<Row>[] {
  return [
    {
      id: "risk",
      header: <Right>{words.risk}</Right>,
      sortingField: "risk",
      cell: (row) => (
        <Right>
          <RiskBadge risk={row.risk} />
        </Right>
      ),
    },
    {
      id: "enabled",
      header: words.enabled,
      sortingField: "enabled",
      cell: (row) => (
        <EnabledToggle
          name={row.name}
          enabled={row.enabled}
          change={(next) => change(row, next)}
          onDone={reload}
        />
      ),
    },
  ];
}
