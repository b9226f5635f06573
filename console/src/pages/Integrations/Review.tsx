import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router-dom";

import type { ApiError } from "../../api/client";
import { ChangeButton } from "../../components/ChangeButton";
import { type Crumb, refusal, useFlash } from "../../components/frame";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { review as words, services } from "../../strings/services";
import type { Bucket } from "./resources";
import { saveChanges } from "./saveChanges";
import { changesBetween, type Choice, isEmpty, type Selection } from "./selection";
import { Totals } from "./Totals";

function Choices({ title, description, choices }: { title: string; description?: string; choices: Choice[] }) {
  if (choices.length === 0) return null;
  return (
    <Table
      items={choices}
      trackBy={(choice) => `${choice.bucketName}\n${choice.prefix}`}
      header={
        <Header variant="h2" counter={`(${choices.length})`} description={description}>
          {title}
        </Header>
      }
      columnDefinitions={[
        { id: "bucket", header: services.bucket, cell: (choice) => choice.bucketName, isRowHeader: true },
        { id: "prefix", header: services.prefix, cell: (choice) => choice.prefix || services.wholeBucket },
        {
          id: "existing",
          header: words.existing,
          cell: (choice) => (choice.classifyAll ? words.classified : words.notClassified),
        },
      ]}
    />
  );
}

interface Props {
  account: string;
  region: string;
  before: Selection;
  after: Selection;
  buckets: ReadonlyMap<string, Bucket>;
  crumbs: Crumb[];
}

export function Review({ account, region, before, after, buckets, crumbs }: Props) {
  const navigate = useNavigate();
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const changes = useMemo(() => changesBetween(before, after), [before, after]);
  const save = async () => {
    setBusy(true);
    try {
      const failures = await saveChanges(account, region, changes);
      if (failures.length === 0) flash({ type: "success", content: words.saved });
      for (const { failedItem, errorMessage } of failures) {
        const content = words.failedItem(failedItem.bucketName, failedItem.prefix, errorMessage);
        flash({ type: "error", header: words.failed, content });
      }
      navigate(`/integrations/services/${account}/s3`);
    } catch (error) {
      flash(refusal(words.failed, error as ApiError));
      setBusy(false);
    }
  };
  return (
    <Page title={words.title} description={words.description} crumbs={crumbs}>
      <SpaceBetween size="l">
        {isEmpty(changes) && <Empty title={words.nothing}>{words.nothingText}</Empty>}
        <Choices title={words.added} choices={changes.add} />
        <Choices title={words.updated} choices={changes.update} />
        <Choices title={words.removed} description={words.removedText} choices={changes.remove} />
        <Container>
          <Totals selection={after} buckets={buckets} />
        </Container>
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => navigate(".", { replace: true })}>
              {words.back}
            </Button>
            <ChangeButton variant="primary" loading={busy} disabled={isEmpty(changes)} onClick={() => void save()}>
              {words.save}
            </ChangeButton>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </Page>
  );
}
