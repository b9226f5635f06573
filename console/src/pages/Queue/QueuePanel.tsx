import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import type { Schemas } from "../../api/client";
import { Time } from "../../components/Time";
import { formatCount, formatSize } from "../../format";
import { queue as words } from "../../strings/queue";

const names = words.queueNames;

export function QueuePanel({ queue }: { queue: Schemas["Queue"] }) {
  const state = queue.connected ? names.connected : names.disconnected;
  const leader = queue.leadsHere ? words.leadsHere(queue.leader) : queue.leader;
  return (
    <Container header={<Header variant="h2">{words.queue}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: names.state,
            value: <StatusIndicator type={queue.connected ? "success" : "error"}>{state}</StatusIndicator>,
          },
          { label: names.pages, value: formatCount(queue.pages) },
          { label: names.events, value: formatCount(queue.events) },
          { label: names.bytes, value: formatSize(queue.bytes) },
          { label: names.dead, value: formatCount(queue.deadLetters) },
          { label: names.leader, value: leader || words.noLeader },
          { label: names.since, value: <Time value={queue.leaderSince} /> },
          { label: names.seen, value: <Time value={queue.leaderSeen} /> },
        ]}
      />
    </Container>
  );
}
