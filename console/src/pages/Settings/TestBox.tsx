import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import { place } from "../../strings/objects";
import { custom as words } from "../../strings/settings";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

type Match = paths["/identifiers/test"]["post"]["responses"]["200"]["content"]["application/json"]["matches"][number];

const kColumns: TableProps.ColumnDefinition<Match>[] = [
  { id: "id", header: words.columns.id, isRowHeader: true, cell: (match) => match.id },
  { id: "text", header: words.columns.text, cell: (match) => match.text },
  { id: "place", header: words.columns.place, cell: (match) => place.bytes(match.start, match.end) },
];

// Tries the definition as it stands in the editor, saved or not.
export function TestBox({ definition }: { definition: string }) {
  const [text, setText] = useState("");
  const [matches, setMatches] = useState<Match[]>();
  const { busy, error, save } = useSave();
  const test = () =>
    save(async () => {
      setMatches(undefined);
      setMatches((await unwrap(api.POST("/identifiers/test", { body: { definition, text } }))).matches);
    }, "");
  return (
    <Container header={<Header variant="h2" description={words.testText}>{words.testTitle}</Header>}>
      <SpaceBetween size="m">
        <FormField label={words.sample} stretch>
          <Textarea rows={4} value={text} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        <Button loading={busy} disabled={!text || !definition.trim()} onClick={() => void test()}>
          {words.test}
        </Button>
        <SaveError header={words.testFailed} error={error} />
        {matches && (
          <Table
            variant="embedded"
            items={matches}
            columnDefinitions={kColumns}
            ariaLabels={{ tableLabel: words.matchesTitle }}
            header={<Header variant="h3" counter={`(${matches.length})`}>{words.matchesTitle}</Header>}
            empty={words.noMatches}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
