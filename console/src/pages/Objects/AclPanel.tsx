import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { objectPage as words } from "../../strings/objects";
import type { ObjectAcl, ObjectGrant } from "./objectRecord";

const names = words.aclColumns;

function Grantee({ grant }: { grant: ObjectGrant }) {
  const { URI, DisplayName, ID } = grant.Grantee;
  const group = words.aclGroups[URI ?? ""];
  if (group) return <StatusIndicator type="warning">{group}</StatusIndicator>;
  return <>{DisplayName ?? URI ?? ID ?? "-"}</>;
}

const kColumns: TableProps.ColumnDefinition<ObjectGrant>[] = [
  { id: "grantee", header: names.grantee, isRowHeader: true, cell: (grant) => <Grantee grant={grant} /> },
  { id: "id", header: names.id, cell: ({ Grantee: { ID, URI } }) => ID ?? URI ?? "-" },
  { id: "type", header: names.type, cell: (grant) => grant.Grantee.Type ?? "-" },
  { id: "permission", header: names.permission, cell: (grant) => grant.Permission ?? "-" },
];

function Grants({ acl }: { acl: ObjectAcl }) {
  const { ID, DisplayName } = acl.Owner;
  return (
    <SpaceBetween size="s">
      <Box>
        {words.aclOwner}: {DisplayName ? `${DisplayName} (${ID ?? "-"})` : (ID ?? "-")}
      </Box>
      <Table
        variant="embedded"
        items={acl.Grants}
        columnDefinitions={kColumns}
        ariaLabels={{ tableLabel: words.acl }}
        wrapLines
        empty={words.noGrants}
      />
    </SpaceBetween>
  );
}

export function AclPanel({ acl }: { acl: ObjectAcl | undefined }) {
  return (
    <Container header={<Header variant="h2">{words.acl}</Header>}>
      {acl ? <Grants acl={acl} /> : <Box color="text-body-secondary">{words.noAcl}</Box>}
    </Container>
  );
}
