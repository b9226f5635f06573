import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { queue as words } from "../../strings/queue";
import { DeadLettersTable } from "./DeadLettersTable";
import { QueuePanel } from "./QueuePanel";
import { WorkersTable } from "./WorkersTable";

const kRefreshMs = 5_000;
const kLetters = 100;
const kMostLetters = 1000; // what the API gives at once

interface Fleet {
  queue: Schemas["Queue"];
  letters: Schemas["DeadLetter"][];
}

async function loadFleet(limit: number): Promise<Fleet> {
  const queue = await unwrap(api.GET("/queue"));
  if (!queue.counted || queue.deadLetters === 0) return { queue, letters: [] };
  const { deadLetters } = await unwrap(api.GET("/queue/dead-letters", { params: { query: { limit } } }));
  return { queue, letters: deadLetters };
}

function Body({ fleet, limit, loading, onMore, onDone }: BodyProps) {
  if (!fleet.queue.fleet) return <Empty title={words.alone}>{words.aloneText}</Empty>;
  return (
    <SpaceBetween size="l">
      {!fleet.queue.counted && (
        <Alert type="warning" header={words.disconnected}>
          {fleet.queue.lastError} {words.disconnectedText}
        </Alert>
      )}
      <QueuePanel queue={fleet.queue} />
      <WorkersTable workers={fleet.queue.workers} />
      <DeadLettersTable
        letters={fleet.letters}
        all={limit >= kMostLetters ? fleet.letters.length : fleet.queue.deadLetters}
        loading={loading}
        onMore={onMore}
        onDone={onDone}
      />
    </SpaceBetween>
  );
}

interface BodyProps {
  fleet: Fleet;
  limit: number;
  loading: boolean;
  onMore: () => void;
  onDone: () => void;
}

export default function Queue() {
  const [limit, setLimit] = useState(kLetters);
  const load = useLoad(`fleet ${limit}`, () => loadFleet(limit), kRefreshMs);
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={<Button iconName="refresh" ariaLabel={words.refresh} onClick={load.reload} />}
    >
      <Loaded load={load}>
        {(fleet) => (
          <Body
            fleet={fleet}
            limit={limit}
            loading={load.loading}
            onMore={() => setLimit(kMostLetters)}
            onDone={load.reload}
          />
        )}
      </Loaded>
    </Page>
  );
}
