import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Loaded } from "../../components/States";
import { allowLists as words, settings } from "../../strings/settings";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

const kRows = 8;

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/\r$/, "")).filter((line) => line.trim() !== "");
}

interface Lists {
  allowWords: string[];
  allowPatterns: string[];
}

function Editor({ lists, onSaved }: { lists: Lists; onSaved: () => void }) {
  const [allowed, setAllowed] = useState(lists.allowWords.join("\n"));
  const [patterns, setPatterns] = useState(lists.allowPatterns.join("\n"));
  const { busy, error, save } = useSave();
  const put = () =>
    unwrap(
      api.PUT("/custom-identifiers", { body: { allowWords: linesOf(allowed), allowPatterns: linesOf(patterns) } }),
    );
  const actions = (
    <ChangeButton variant="primary" loading={busy} onClick={() => void save(put).then((done) => done && onSaved())}>
      {settings.save}
    </ChangeButton>
  );
  return (
    <Container header={<Header variant="h2" description={words.text} actions={actions}>{settings.tabs["allow-lists"]}</Header>}>
      <SpaceBetween size="m">
        <SaveError header={settings.saveFailed} error={error} />
        <FormField label={words.words} constraintText={words.wordsHint} stretch>
          <Textarea rows={kRows} value={allowed} onChange={({ detail }) => setAllowed(detail.value)} />
        </FormField>
        <FormField label={words.patterns} constraintText={words.patternsHint} stretch>
          <Textarea rows={kRows} spellcheck={false} value={patterns} onChange={({ detail }) => setPatterns(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

export function AllowLists() {
  const load = useLoad("allow lists", () => unwrap(api.GET("/custom-identifiers")));
  return <Loaded load={load}>{(lists) => <Editor lists={lists} onSaved={load.reload} />}</Loaded>;
}
